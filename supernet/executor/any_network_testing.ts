/** Any network by an executor and on the tape, for the tests of engines too. */
import { inputOf } from "@espalier/blueprint";
import { createRandom, type Mixtures, type Network, type Weights } from "@espalier/core";
import { lossGradients } from "@espalier/training";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint, arbitraryDecisions } from "../../blueprint/testing.ts";
import { CompiledNetwork } from "../compile.ts";
import { softmaxCrossEntropy } from "../ops/softmax_cross_entropy.ts";
import { AVERAGING, withServices } from "../testing.ts";
import type { ExecutorOps } from "./ops.ts";
import { normal } from "./testing.ts";

/** Networks of every operation; residual sums tie their widths. */
export const arbitraryTrial = arbitraryBlueprint.chain((blueprint) =>
  fc.record({
    blueprint: fc.constant(blueprint),
    decisions: arbitraryDecisions(blueprint, "tie"),
    training: fc.boolean(),
    frozen: fc.boolean(),
    taps: fc.subarray(blueprint.nodes.map(({ id }) => id), { maxLength: 3 }),
  })
);

/** A network, what is decided about it, and a pass. */
export type Trial = typeof arbitraryTrial extends fc.Arbitrary<infer T> ? T : never;

/** The first and the last candidate of each decision, weighed 0.3 and 0.7. */
const mixturesOf = ({ decisions }: Trial): Mixtures =>
  new Map(decisions.map(({ id, candidates }) => [
    id,
    { indices: [0, candidates.length - 1], weights: tf.variable(tf.tensor1d([0.3, 0.7])) },
  ]));

function randomize(network: Network): void {
  const random = createRandom(3);
  const weights: Weights = Object.fromEntries(
    [...network.parameters, ...network.statistics].map(([name, { shape, size }]) => {
      const stream = random.stream(name), offset = /gamma|variance/.test(name) ? 1 : 0;
      const values = Float32Array.from({ length: size }, () => stream.next() - 0.5 + offset);
      return [name, { shape, values }];
    }),
  );
  network.write(weights);
}

type Arrays = Readonly<Record<string, Float32Array>>;

/** What a pass gave, and why it was on the tape, if it was. */
interface Run {
  readonly found: Arrays;
  readonly declined: string | undefined;
}

/** Logits, tapped values, gradients and moved statistics. */
function run(trial: Trial): Run {
  const { blueprint, decisions, training, frozen, taps } = trial;
  const random = createRandom(1);
  using network = new CompiledNetwork(blueprint, { random, decisions, aggregator: AVERAGING });
  return tf.tidy(() => {
    randomize(network);
    const images = normal("images", [4, ...inputOf(blueprint).shape]) as tf.Tensor4D;
    const mixtures = mixturesOf(trial);
    const found: Record<string, Float32Array> = {};
    const options = { training, frozen, mixtures, taps, step: 5 };
    let declined: string | undefined;
    const forward = () => {
      declined = network.onTape(options);
      const { logits, features } = network.forward(images, options);
      const keep = (name: string, x: tf.Tensor) => found[name] = x.dataSync<"float32">().slice();
      keep("logits", logits);
      for (const [name, feature] of features) keep(`value of ${name}`, feature);
      return { logits, features };
    };
    if (!training) {
      forward();
      tf.dispose([...mixtures.values()].map(({ weights }) => weights));
      return { found, declined };
    }
    const variables = new Map([
      ...frozen ? [] : network.parameters,
      ...[...mixtures].map(([id, { weights }]) =>
        [`weight of ${id}`, weights as tf.Variable] as const
      ),
    ]);
    if (variables.size === 0) return { found, declined: "nothing of the network" };
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1], "int32"), 3).toFloat() as tf.Tensor2D;
    const { gradients } = lossGradients(() => {
      const { logits, features } = forward();
      const loss = softmaxCrossEntropy(logits, labels);
      return [...features.values()].reduce<tf.Scalar>(
        (sum, x) => sum.add(tf.mean(x.square()).mul(0.1)),
        loss,
      );
    }, variables);
    for (const [name, gradient] of gradients) found[name] = gradient.dataSync<"float32">();
    tf.dispose([...mixtures.values()].map(({ weights }) => weights));
    for (const [name, statistic] of network.statistics) {
      found[name] = statistic.dataSync<"float32">();
    }
    return { found, declined };
  });
}

const largestOf = (values: Iterable<number>): number => {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
};

/**
 * Fail unless an executor gives what the tape gives.
 *
 * @param trial The pass.
 * @param executor The passes.
 * @returns Why the executor declined, where it did.
 */
export function checkAgreement(trial: Trial, executor: ExecutorOps): string | undefined {
  const before = tf.memory().numTensors;
  const { found, declined } = withServices({ executor }, () => run(trial));
  assertEquals(tf.memory().numTensors, before);
  if (declined !== undefined) return declined;
  const { found: wanted } = withServices({ executor: undefined }, () => run(trial));
  assertEquals(Object.keys(found).sort(), Object.keys(wanted).sort());
  const isGradient = (name: string) => !/logits|value of|mean|variance/.test(name);
  const largest = largestOf(
    Object.entries(wanted).filter(([name]) => isGradient(name)).flatMap(([, v]) => [...v]),
  );
  for (const [name, values] of Object.entries(wanted)) {
    const scale = isGradient(name) ? largest : Math.max(1, largestOf(values));
    const off = largestOf(values.map((value, i) => value - found[name]![i]!));
    assert(off <= 2e-4 * scale, `${name}: off by ${off} of ${scale}`);
  }
  return undefined;
}

/** Fail unless an executor runs more than a third of any networks, and gives what the tape gives. */
export function checkAnyNetwork(executor: ExecutorOps): void {
  let ran = 0;
  fc.assert(
    fc.property(arbitraryTrial, (trial) => {
      if (checkAgreement(trial, executor) === undefined) ran++;
    }),
    { numRuns: 60 },
  );
  assert(ran > 20, `${ran} of 60`);
}
