import { conv } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";
import { lossGradients } from "@espalier/training";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile } from "../compile.ts";
import { BOTTLENECK, DEPTHS, GROWING, RESIDUAL, tail, WIDTHS } from "./residual_testing.ts";
import {
  counted,
  evaluate,
  lossOf,
  normal,
  random,
  Trained,
  type Trial,
  using,
  watched,
} from "./testing.ts";

await tf.setBackend("cpu");

type Result = ReturnType<Trained["step"]>;

/** Images for which rounding turns no relu: by the executor, and on the tape. */
function both(trial: Trial): { executed: Result; taped: Result } {
  for (let seed = 0; seed < 20; seed++) {
    using trained = new Trained(trial);
    const executor = counted();
    const executed = using(executor.ops, () => trained.step(seed));
    assertEquals([executor.passes > 0, executor.live], [true, 0]);
    if (executor.margin < 1e-4) {
      tf.dispose(executed);
      continue;
    }
    using other = new Trained(trial);
    return { executed, taped: other.step(seed) };
  }
  throw new RangeError("no images keep away from 0");
}

/**
 * Each array to a share of its largest entry. Mixture weights may be measured together: a norm behind
 * a mixture of one makes the loss independent of its weight, whose gradient then is rounding.
 */
function assertClose(
  actual: Result,
  expected: Result,
  { tolerance, together = false }: { tolerance: number; together?: boolean },
): void {
  assertAlmostEquals(actual.loss.dataSync()[0]!, expected.loss.dataSync()[0]!, tolerance);
  const isAlpha = (name: string) => name.startsWith("alpha/");
  for (const kind of ["gradients", "statistics"] as const) {
    const names = Object.keys(expected[kind]).sort();
    assert(names.length > 0);
    assertEquals(Object.keys(actual[kind]).sort(), names);
    const largestOf = (name: string) =>
      tf.tidy(() => tf.max(tf.abs(expected[kind][name]!)).dataSync()[0]!);
    const largestAlpha = Math.max(...names.filter(isAlpha).map(largestOf));
    for (const name of names) {
      assertEquals(actual[kind][name]!.shape, expected[kind][name]!.shape, name);
      // A bias in front of a norm has no gradient: on the tape, rounding.
      const kernel = name.replace(/bias$/, "kernel");
      const largest = together && isAlpha(name)
        ? largestAlpha
        : Math.max(largestOf(name), name === kernel ? 0 : largestOf(kernel));
      const error = largestDifference(actual[kind][name]!, expected[kind][name]!);
      assert(error <= tolerance * largest, `${kind} of ${name}: ${error} of ${largest}`);
    }
  }
}

/** Largest difference of two entries. */
function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

const blueprint = RESIDUAL;
const all = [...WIDTHS, ...DEPTHS];
const ONE = [1], TWO = [2, 0];
const trials: [string, Trial][] = [
  ["a plain network", { blueprint }],
  ["plain bottlenecks", { blueprint: BOTTLENECK }],
  ["all widths", { blueprint, decisions: WIDTHS }],
  ["two widths each", { blueprint, decisions: WIDTHS, indices: TWO }],
  ["one width each", { blueprint, decisions: WIDTHS, indices: ONE }],
  ["widths that grow", { blueprint, decisions: GROWING }],
  ["the widest and the narrowest, and depths", {
    blueprint,
    decisions: [...GROWING, ...DEPTHS],
    indices: [3, 0, 1],
  }],
  ["depths", { blueprint, decisions: DEPTHS }],
  ["one depth, the shallow one", { blueprint, decisions: DEPTHS, indices: [0] }],
  ["widths and depths", { blueprint, decisions: all }],
  ["widths whose blocks differ in width, and depths", {
    blueprint,
    decisions: all,
    indices: [1, 0],
  }],
  ["one width and one depth", { blueprint, decisions: all, indices: ONE }],
  ["a frozen pass", { blueprint, decisions: all, options: { frozen: true } }],
  ["a frozen pass of depths", { blueprint, decisions: DEPTHS, options: { frozen: true } }],
  ["a momentum of its own", { blueprint, decisions: WIDTHS, options: { momentum: 0.3 } }],
];

for (const [name, trial] of trials) {
  Deno.test(`the executor agrees with the tape: ${name}`, () => {
    const start = tf.memory().numTensors;
    const { executed, taped } = both(trial);
    assertClose(executed, taped, {
      tolerance: 3e-5,
      together: trial.indices?.length === 1,
    });
    tf.dispose([executed, taped].map((result) => ({ ...result })));
    assertEquals(tf.memory().numTensors, start);
  });
}

Deno.test("the executor gives the tape's logits, and those of a plain convolution by hand", () => {
  const one = conv({ id: "one", input: "images", channels: 1, kernel: 1 });
  const nodes: BlueprintNode[] = [
    { id: "images", op: "input", inputs: [], shape: [1, 2, 1] },
    { ...one, norm: { epsilon: 0, momentum: 0.9 }, activation: "relu" },
    { id: "pooled", op: "global-pool", inputs: ["one"] },
    { id: "classifier", op: "dense", inputs: ["pooled"], channels: 2, bias: true },
  ];
  const network = compile({ name: "one", nodes, stages: [], output: "classifier" }, { random });
  const host = (...values: number[]) => Float32Array.from(values);
  network.write({
    "one/kernel": { shape: [1, 1, 1, 1], values: host(2) },
    "one/norm/gamma": { shape: [1], values: host(3) },
    "one/norm/beta": { shape: [1], values: host(1) },
    "classifier/kernel": { shape: [1, 2], values: host(1, -1) },
    "classifier/bias": { shape: [2], values: host(0.5, 0) },
  });
  // 2·(1, 3 | 5, 7) has mean 8 and deviation 2√5, so the norm gives 1 ± 9/√5 and 1 ± 3/√5.
  const r = 3 / Math.sqrt(5), means = [0, (1 + r + 1 + 3 * r) / 2];
  const images = tf.tensor4d([1, 3, 5, 7], [2, 1, 2, 1]);
  const root = tf.variable(tf.scalar(1));
  const executor = counted();
  let logits: Float32Array | undefined;
  using(executor.ops, () =>
    tf.tidy(() =>
      void tf.variableGrads(() => {
        const output = network.forward(images, { training: true }).logits;
        logits = output.dataSync<"float32">().slice();
        return tf.mul(tf.sum(output), root) as tf.Scalar;
      }, [root, network.parameters.get("classifier/bias")!])
    ));
  assertEquals(executor.passes, 1);
  means.flatMap((mean) => [mean + 0.5, -mean])
    .forEach((logit, i) => assertAlmostEquals(logits![i]!, logit, 1e-5));
  network[Symbol.dispose]();
  tf.dispose([images, root]);
});

const edit = (id: string, change: object): Blueprint => ({
  ...RESIDUAL,
  nodes: RESIDUAL.nodes.map((node) =>
    (node.id === id ? { ...node, ...change } : node) as typeof node
  ),
});
const before = (nodes: readonly BlueprintNode[], end: readonly BlueprintNode[]): Blueprint => ({
  ...RESIDUAL,
  nodes: [...nodes, ...end],
});
const body = RESIDUAL.nodes.slice(0, -2), last = body.at(-1)!.id;
const flat: BlueprintNode = { id: "flat", op: "flatten", inputs: [last] };
const [pooled, classifier] = tail(last) as [BlueprintNode, BlueprintNode];
const off: BlueprintNode = { id: "off", op: "dropout", inputs: ["pooled"], rate: 0.3 };

const others: [string, Trial][] = [
  ["relu6", { blueprint: edit("stem", { activation: "relu6" }) }],
  ["a sum behind which is relu6", {
    blueprint: edit("stage0/block0/add", { activation: "relu6" }),
  }],
  ["a sum behind which is swish", {
    blueprint: edit("stage0/block0/add", { activation: "swish" }),
  }],
  ["a dilated kernel", { blueprint: edit("stem", { dilation: [2, 2], padding: [2, 2, 2, 2] }) }],
  ["an activation without norm", { blueprint: edit("stem", { norm: undefined }) }],
  ["a flattened end", { blueprint: before(body, [flat, { ...classifier, inputs: ["flat"] }]) }],
  ["dropout", { blueprint: before(body, [pooled, off, { ...classifier, inputs: ["off"] }]) }],
  ["taps", { blueprint, options: { taps: ["stage0", "stage0/block1/conv_b"] } }],
  ["a bias, widths and depths", { blueprint: edit("stem", { bias: true }), decisions: all }],
];

for (const [name, trial] of others) {
  Deno.test(`the executor agrees with the tape: ${name}`, () => {
    const { executed, taped } = both(trial);
    assertClose(executed, taped, { tolerance: 3e-5 });
    tf.dispose([executed, taped].map((result) => ({ ...result })));
  });
}

Deno.test("the executor runs networks of several inputs and outputs as the tape does", () => {
  const nodes: BlueprintNode[] = [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 2] },
    { id: "table", op: "input", inputs: [], shape: [1, 1, 3], rank: 1 },
    { ...conv({ id: "stem", input: "images", channels: 4, kernel: 3 }), bias: true },
    { id: "pooled", op: "global-pool", inputs: ["stem"] },
    { id: "both", op: "concat", inputs: ["pooled", "table"] },
    { id: "classes", op: "dense", inputs: ["both"], channels: 3, bias: true },
    conv({ id: "map", input: "stem", channels: 2, kernel: 1 }),
  ];
  const outputs = [{ node: "classes" }, { node: "map" }];
  const blueprint = { name: "two", nodes, stages: [], output: "classes", outputs };
  const run = () => {
    using network = compile(blueprint, { random });
    return tf.tidy(() => {
      const images = [normal("a", [2, 4, 4, 2]), normal("b", [2, 1, 1, 3])] as tf.Tensor4D[];
      const { gradients } = lossGradients(() => {
        const { all } = network.forward(images, { training: true });
        const [classes, map] = all!;
        assertEquals([classes!.shape, map!.shape], [[2, 3], [2, 4, 4, 2]]);
        return tf.add(tf.mean(tf.square(classes!)), tf.sum(tf.square(map!))) as tf.Scalar;
      }, network.parameters);
      const { all } = network.forward(images, { training: false });
      const values = [...gradients.values(), ...all!].map((x) => [...x.dataSync()]);
      return { names: [...gradients.keys()], values: values.flat() };
    });
  };
  const executor = counted(), start = tf.memory().numTensors;
  const found = using(executor.ops, run);
  assertEquals([executor.passes, executor.live, tf.memory().numTensors], [4, 0, start]);
  const expected = using(undefined, run);
  assertEquals(found.names, expected.names);
  found.values.forEach((value, i) => assertAlmostEquals(value, expected.values[i]!, 1e-4));
});

Deno.test("the executor leaves moving statistics on a tape to it", () => {
  const trial: Trial = { blueprint, options: { training: false } };
  using trained = new Trained(trial), other = new Trained(trial);
  const executor = counted();
  const found = using(executor.ops, () => trained.step(1)), expected = other.step(1);
  assertEquals(executor.passes, 0);
  assertClose(found, expected, { tolerance: 0 });
  tf.dispose([{ ...found }, { ...expected }]);
});

for (const [name, { options: _, ...trial }] of trials.filter(([, trial]) => !trial.options)) {
  Deno.test(`the executor evaluates as the engine does: ${name}`, () => {
    using trained = new Trained({ ...trial, options: { training: false } });
    const executor = counted(), start = tf.memory().numTensors;
    const found = using(executor.ops, () => evaluate(trained)), expected = evaluate(trained);
    assertEquals([executor.passes, executor.live, found.length], [1, 0, 4 * 3]);
    const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    found.forEach((logit, i) => assertAlmostEquals(logit, expected[i]!, 1e-5 * largest));
    assertEquals(tf.memory().numTensors, start);
  });
}

Deno.test("the executor asks for no gradient of a kernel in a frozen pass", () => {
  for (const frozen of [true, false]) {
    using trained = new Trained({ blueprint, decisions: all, options: { frozen } });
    const calls: string[] = [];
    using(
      watched(counted().ops, (name) => calls.push(name)),
      () => tf.dispose({ ...trained.step(0) }),
    );
    assertEquals(calls.includes("kernelGradient"), !frozen);
    assert(calls.includes("inputGradient"));
  }
});

Deno.test("the executor leaves training passes without a tape or a gradient to the engine", () => {
  using trained = new Trained({ blueprint });
  const executor = counted(), root = tf.variable(tf.scalar(1));
  using(executor.ops, () =>
    tf.tidy(() => {
      trained.forward(trained.images(0));
      const loss = () =>
        tf.mul(tf.sum(trained.forward(trained.images(0), { frozen: true })), root) as tf.Scalar;
      tf.variableGrads(loss, [root]);
    }));
  root.dispose();
  assertEquals(executor.passes, 0);
});

Deno.test("the executor takes the first pass of a tape, and leaves the second to it", () => {
  const trial = { blueprint, decisions: WIDTHS };
  const twice = (trained: Trained) => (images: tf.Tensor4D) => {
    const other = tf.mul(images, 0.7) as tf.Tensor4D;
    return tf.add(lossOf(trained.forward(images)), lossOf(trained.forward(other))) as tf.Scalar;
  };
  for (let seed = 0;; seed++) {
    using probe = new Trained(trial), trained = new Trained(trial), other = new Trained(trial);
    const first = counted(), second = counted(), executor = counted();
    using(first.ops, () => tf.dispose({ ...probe.step(seed) }));
    const small = (images: tf.Tensor4D) => lossOf(probe.forward(tf.mul(images, 0.7)));
    using(second.ops, () => tf.dispose({ ...probe.step(seed, small) }));
    if (Math.min(first.margin, second.margin) < 1e-4) continue;
    const found = using(executor.ops, () => trained.step(seed, twice(trained)));
    assertEquals([executor.passes, executor.live], [1, 0]);
    const expected = other.step(seed, twice(other));
    assertClose(found, expected, { tolerance: 3e-5 });
    tf.dispose([{ ...found }, { ...expected }]);
    break;
  }
});

Deno.test("the executor does not differentiate with respect to images, and says so", () => {
  using trained = new Trained({ blueprint });
  const gradient = tf.grad((images) => lossOf(trained.forward(images as tf.Tensor4D)));
  const run = () => using(counted().ops, () => tf.tidy(() => gradient(trained.images(0))));
  const error = assertThrows(run, EspalierError, "with respect to images");
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("a decision without a mixture is refused by the same error as on the tape", () => {
  using trained = new Trained({ blueprint, decisions: all });
  for (const missing of ["stem", "stage1"]) {
    const run = () => {
      const mixtures = new Map([...trained.mixtures].filter(([id]) => id !== missing));
      return lossOf(trained.forward(trained.images(0), { mixtures }));
    };
    const step = () => tf.tidy(() => void lossGradients(run, trained.variables));
    for (const ops of [undefined, counted().ops]) {
      const error = assertThrows(() => using(ops, step), EspalierError, `"${missing}"`);
      assertEquals(error.code, "ERR_CONFIG_INVALID");
    }
  }
});
