/** Supernets that hold one candidate of each decision, against the networks derived of them. */
import { derive, inputOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type Choices,
  createRandom,
  type Decision,
  type Mixtures,
  type Network,
  type Weights,
} from "@espalier/core";
import { lossGradients } from "@espalier/training";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile, type CompileOptions } from "./compile.ts";
import { inheritedWeights } from "./inherit.ts";
import { softmaxCrossEntropy } from "./ops/softmax_cross_entropy.ts";
import { parameterSpecs } from "./parameters.ts";
import { AVERAGING } from "./testing.ts";

/** A network, what is decided about it, and what was chosen. */
export interface OneHotCase {
  readonly blueprint: Blueprint;
  readonly decisions: readonly Decision[];
  readonly choices: Choices;
}

const IMAGES = 5;

/** The chosen candidates alone. */
const oneHot = ({ decisions, choices }: OneHotCase): Mixtures =>
  new Map(decisions.map(({ id, candidates }) => [
    id,
    { indices: [candidates.indexOf(choices[id]!)], weights: tf.tensor1d([1]) },
  ]));

/** Random values, variances and scales above 0. */
function randomWeights(names: Iterable<string>, network: Network): Weights {
  const random = createRandom(3);
  return Object.fromEntries([...names].map((name) => {
    const { shape } = network.parameters.get(name) ?? network.statistics.get(name)!;
    const stream = random.stream(name);
    const offset = /gamma|variance/.test(name) ? 1 : 0;
    const size = tf.util.sizeFromShape(shape);
    const values = Float32Array.from({ length: size }, () => stream.next() - 0.5 + offset);
    return [name, { shape: [...shape], values }];
  }));
}

/** Arrays of the supernet by the names of a plain network: the chosen candidate's norm, filled up. */
function asTeacher({ blueprint, decisions, choices }: OneHotCase, arrays: Weights): Weights {
  const chosen = new Map(
    decisions.flatMap(({ candidates, effect, id }) =>
      effect.kind === "channels"
        ? effect.nodes.map((node) => [node, candidates.indexOf(choices[id]!)] as const)
        : []
    ),
  );
  return Object.fromEntries(
    parameterSpecs(blueprint, decisions).map(({ name: own, shape }) => {
      const [, node, norm] = own.match(/^(.*)\/norm\/\d+\/(\w+)$/) ?? [];
      const name = node === undefined ? own : `${node}/norm/${norm}`;
      const index = node === undefined ? undefined : chosen.get(node);
      const found = arrays[index === undefined ? own : `${node}/norm/${index}/${norm}`];
      const values = new Float32Array(tf.util.sizeFromShape([...shape]));
      values.set(found?.values.subarray(0, values.length) ?? []);
      return [name, { shape, values }];
    }),
  );
}

const labels = (): tf.Tensor2D =>
  tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], "int32"), 3).toFloat() as tf.Tensor2D;

const imagesOf = (blueprint: Blueprint): tf.Tensor4D =>
  tf.randomNormal([IMAGES, ...inputOf(blueprint).shape], 0, 1, "float32", 9);

/** Logits and gradients by name. */
function pass(network: Network, images: tf.Tensor4D, mixtures: Mixtures, training: boolean) {
  const options = { training, mixtures };
  const logits = tf.tidy(() => network.forward(images, options).logits.dataSync<"float32">());
  if (!training) return { logits, gradients: {} };
  const { gradients } = lossGradients(
    () => softmaxCrossEntropy(network.forward(images, options).logits, labels()),
    network.parameters,
  );
  const arrays: Weights = Object.fromEntries([...gradients].map(([name, gradient]) => [
    name,
    { shape: gradient.shape, values: gradient.dataSync<"float32">() },
  ]));
  return { logits, gradients: arrays };
}

/** Arrays agree to a share of the largest number of all: norms round what almost cancels. */
function assertClose(actual: Weights, expected: Weights): void {
  const largest = Math.max(
    ...Object.values(expected).map(({ values }) =>
      values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
    ),
  );
  for (const [name, { values }] of Object.entries(expected)) {
    const found = actual[name]!.values;
    assertEquals(found.length, values.length, name);
    values.forEach((value, i) => {
      const off = Math.abs(found[i]! - value);
      assert(off <= 2e-4 * largest, `${name}: ${found[i]} instead of ${value}, at ${i}`);
    });
  }
}

/** Fail unless the supernet that holds the choices alone computes what the derived network of three classes does. */
export function checkOneHot(one: OneHotCase, { training, ...options }: Partial<CompileOptions> & {
  readonly training: boolean;
}): void {
  const { blueprint, decisions, choices } = one;
  const derived = derive(blueprint, { decisions, choices });
  const random = createRandom(1);
  using supernet = compile(blueprint, { random, decisions, aggregator: AVERAGING, ...options });
  using student = compile(derived, { random });
  tf.tidy(() => {
    const names = [...supernet.parameters.keys(), ...supernet.statistics.keys()];
    const weights = randomWeights(names, supernet);
    supernet.write(weights);
    student.write(inheritedWeights(derived, { blueprint, weights: asTeacher(one, weights) }));
    const images = imagesOf(blueprint);
    const found = pass(supernet, images, oneHot(one), training);
    const wanted = pass(student, images, new Map(), training);
    const logitsOf = ({ logits }: typeof found) => ({ logits: { shape: [], values: logits } });
    assertClose(logitsOf(found), logitsOf(wanted));
    const gradients = inheritedWeights(derived, {
      blueprint,
      weights: asTeacher(one, found.gradients),
    });
    assertClose(gradients, wanted.gradients);
  });
}
