import {
  createRandom,
  type Decision,
  type Mixture,
  type SampleOptions,
  type Sampler,
  SamplerToken,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { checkGradient, sample } from "./gradients.ts";
import { EPOCHS, TOY_BUDGET } from "./inputs.ts";

const COUNTS = [4, 2, 3];
const COLUMNS = Math.max(...COUNTS);

const DECISIONS: readonly Decision[] = COUNTS.map((count, row) => ({
  id: `decision${row}`,
  space: "conformance",
  candidates: Array.from({ length: count }, (_, i) => i + 1),
  effect: { kind: "channels", nodes: [`node${row}`] },
}));

/** Logits of the decisions; entries past a row's candidates are −1e9. */
function logitsOf(free: tf.Tensor): tf.Tensor2D {
  const mask = COUNTS.flatMap((count) => Array.from({ length: COLUMNS }, (_, i) => +(i < count)));
  const inside = tf.tensor2d(mask, [COUNTS.length, COLUMNS]);
  return free.mul(inside).add(inside.sub(1).mul(1e9)) as tf.Tensor2D;
}

const freeLogits = () => sample([COUNTS.length, COLUMNS]);

function drawOptions(draw: number, count?: "all"): SampleOptions {
  const random = createRandom(7).stream("conformance", draw);
  return {
    decisions: DECISIONS,
    epoch: 1,
    epochs: 4,
    random,
    budget: TOY_BUDGET,
    ...count && { count },
  };
}

/** Every state of a budget at every epoch: too costly, too cheap, inside, and a zone of one cost. */
function* momentsOf(): Generator<SampleOptions> {
  const { smallest, unpruned, target } = TOY_BUDGET;
  const point = { ...TOY_BUDGET, low: target, high: target, actual: target };
  const states = [smallest, target, unpruned].map((actual) => ({ ...TOY_BUDGET, actual }));
  for (const budget of [...states, point]) {
    for (const epoch of EPOCHS) yield { ...drawOptions(1), ...epoch, budget };
  }
}

function checkMixture({ indices, weights }: Mixture, { candidates }: Decision): void {
  check(new Set(indices).size === indices.length, `indices are not distinct: ${indices}`);
  const outside = indices.find((i) => !(Number.isInteger(i) && i >= 0 && i < candidates.length));
  check(outside === undefined, `index ${outside} is no candidate`);
  checkEqual(weights.shape, [indices.length], "the shape of the weights");
  const values = [...weights.dataSync()];
  check(values.every((value) => value >= 0), `weights are negative: ${values}`);
  const sum = values.reduce((a, b) => a + b, 0);
  check(Math.abs(sum - 1) < 1e-4, `weights sum to ${sum}`);
}

const plain = (mixtures: readonly Mixture[]) =>
  mixtures.map(({ indices, weights }) => [indices, [...weights.dataSync()]]);

/** Sum of squares, so that weights that always sum to 1 have a gradient. */
const squares = (tensors: readonly tf.Tensor[]): tf.Scalar =>
  tf.addN(tensors.map((tensor) => tensor.square().sum())) as tf.Scalar;

/**
 * The checks that every provider of `SamplerToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* samplerConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withSampler = (name: string, fn: (sampler: Sampler) => void) =>
    serviceCase(`sampler: ${name}`, setup, (services) => fn(services.get(SamplerToken)));

  yield withSampler("draws mixtures of candidates whose weights sum to 1", (sampler) => {
    for (let draw = 0; draw < 5; draw++) {
      const mixtures = sampler.sample(logitsOf(freeLogits()), drawOptions(draw));
      checkEqual(mixtures.length, DECISIONS.length, "mixtures");
      mixtures.forEach((mixture, row) => checkMixture(mixture, DECISIONS[row]!));
    }
  });
  yield withSampler("works in every epoch, whatever the state of the budget", (sampler) => {
    for (const options of momentsOf()) {
      const mixtures = sampler.sample(logitsOf(freeLogits()), options);
      mixtures.forEach((mixture, row) => checkMixture(mixture, DECISIONS[row]!));
      const values = Object.entries(sampler.schedule?.(options) ?? {});
      for (const [name, value] of values) check(Number.isFinite(value), `"${name}" is ${value}`);
    }
  });
  yield withSampler("mixes all candidates when asked for all", (sampler) => {
    const mixtures = sampler.sample(logitsOf(freeLogits()), drawOptions(0, "all"));
    mixtures.forEach((mixture, row) => {
      checkMixture(mixture, DECISIONS[row]!);
      checkEqual(mixture.indices.length, COUNTS[row], "candidates mixed");
    });
  });
  yield withSampler("gives the same draw for the same stream", (sampler) => {
    const draw = () => plain(sampler.sample(logitsOf(freeLogits()), drawOptions(3)));
    checkEqual(draw(), draw(), "the second draw");
  });
  yield withSampler("gives probabilities that sum to 1 over the candidates", (sampler) => {
    const rows = sampler.probabilities(logitsOf(freeLogits())).arraySync();
    rows.forEach((row, r) => {
      const inside = row.slice(0, COUNTS[r]).reduce((a, b) => a + b, 0);
      check(Math.abs(inside - 1) < 1e-4, `the probabilities of row ${r} sum to ${inside}`);
    });
  });
  yield withSampler("has probabilities whose gradient agrees with differences", (sampler) => {
    checkGradient((free) => squares([sampler.probabilities(logitsOf(free))]), freeLogits());
  });
  yield withSampler("has weights with a finite gradient that is not zero", (sampler) => {
    const gradient = tf.grad((free: tf.Tensor) =>
      squares(
        sampler.sample(logitsOf(free), drawOptions(0, "all")).map(({ weights }) => weights),
      )
    )(freeLogits()).dataSync();
    check(gradient.every(Number.isFinite), `the gradient is not finite: ${gradient}`);
    check(gradient.some((value) => value !== 0), "the gradient is zero");
  });
}
