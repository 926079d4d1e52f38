/** Supernets that hold one candidate of each decision, against the networks derived of them. */
import { derive, inputOf, type LayerPart, layerParts } from "@espalier/blueprint";
import {
  type Blueprint,
  type Choices,
  createRandom,
  type Decision,
  type HostTensor,
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

/** Number of channel k of a part: what it has more stands behind all unpruned channels. */
const placeOf = (parts: readonly LayerPart[], { part, k }: { part: number; k: number }): number => {
  const more = ({ widest, unpruned }: LayerPart) => widest - unpruned;
  const { from, unpruned } = parts[part]!;
  if (k < unpruned) return from + k;
  const all = parts.reduce((total, each) => total + each.unpruned, 0);
  return all + parts.slice(0, part).reduce((total, each) => total + more(each), 0) + k - unpruned;
};

/** Arrays of the supernet by the names of a plain network: the norms of chosen candidates, put together. */
function asTeacher({ blueprint, decisions, choices }: OneHotCase, arrays: Weights): Weights {
  const searched = layerParts(blueprint, decisions);
  const teacher: Record<string, HostTensor> = {};
  for (const { name: own, shape } of parameterSpecs(blueprint, decisions)) {
    const [, node, slice, index, role] =
      own.match(/^(.*)\/norm(?:\/(\d+):\d+)?(?:\/(\d+))?\/(\w+)$/) ?? [];
    const parts = searched.get(node ?? "");
    const size = parts?.reduce((total, { widest }) => total + widest, 0);
    const name = parts === undefined ? own : `${node}/norm/${role}`;
    const values = teacher[name]?.values ??
      new Float32Array(size ?? tf.util.sizeFromShape([...shape]));
    teacher[name] = { shape: size === undefined ? shape : [size], values };
    const part = parts?.findIndex(({ from }) => from === Number(slice ?? 0)) ?? 0;
    const decision = parts?.[part]?.decision;
    const chosen = decision?.candidates.indexOf(choices[decision.id]!);
    if (chosen !== undefined && chosen !== Number(index)) continue;
    arrays[own]?.values.forEach((value, k) =>
      values[parts === undefined ? k : placeOf(parts, { part, k })] = value
    );
  }
  return teacher;
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
