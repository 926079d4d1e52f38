import { conv, DEFAULT_NORM, derive } from "@espalier/blueprint";
import {
  type Blueprint,
  type Choices,
  createRandom,
  EspalierError,
  type NodeId,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile } from "./compile.ts";
import { inheritedWeights } from "./inherit.ts";
import { parameterSpecs } from "./parameters.ts";
import { TINY, TINY_DECISIONS, trained } from "./testing.ts";

await tf.setBackend("cpu");

const random = createRandom(12);

/** The weights with every channel that is not kept silenced: it leaves its unit as zero. */
function masked({ weights }: TrainedNetwork, kept: Record<NodeId, readonly number[]>): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, values }]) => {
      const node = Object.keys(kept).find((id) => name.startsWith(`${id}/`));
      const silenced = /\/(kernel|bias|gamma|beta|mean)$/.test(name) && node !== undefined;
      const width = shape.at(-1)!;
      const keep = (i: number) => !silenced || kept[node!]!.includes(i % width);
      return [name, { shape, values: values.map((value, i) => keep(i) ? value : 0) }];
    }),
  );
}

function logitsOf(blueprint: Blueprint, weights: Weights): Float32Array {
  using network = compile(blueprint, { random });
  network.write(weights);
  const input = blueprint.nodes.find((node) => node.op === "input")!;
  return tf.tidy(() => {
    const images = tf.randomUniform<tf.Rank.R4>([3, ...input.shape], -1, 1, "float32", 7);
    return network.forward(images, { training: false }).logits.dataSync() as Float32Array;
  });
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assertEquals(actual.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-5 * largest));
}

const FULL: Choices = Object.fromEntries(TINY_DECISIONS.map((d) => [d.id, d.candidates.at(-1)!]));
const teacher = trained(TINY);

function deriveTiny(changes: Choices, kept?: Record<NodeId, readonly number[]>): Blueprint {
  return derive(TINY, {
    decisions: TINY_DECISIONS,
    choices: { ...FULL, ...changes },
    ...(kept && { kept }),
  });
}

Deno.test("inheritedWeights() copies everything where nothing was pruned", () => {
  assertEquals(inheritedWeights(TINY, teacher), teacher.weights);
  assertEquals(inheritedWeights(deriveTiny({}), teacher), teacher.weights);
});

Deno.test("inheritedWeights() makes the compact network compute what the masked one does", () => {
  // All of the residual group keeps one set, as under tied widths.
  const trunk = [0, 2, 3, 5];
  const kept = {
    "stem": trunk,
    "stage0/block0/conv_a": [1, 4],
    "stage0/block0/conv_b": trunk,
    "stage0/block1/conv_a": [0, 3, 4],
    "stage0/block1/conv_b": trunk,
    "down": [1, 3],
  };
  const choices = Object.fromEntries(Object.entries(kept).map(([id, { length }]) => [id, length]));
  const student = deriveTiny(choices, kept);
  assert(student.nodes.every(({ origin }) => origin?.node !== null));
  assertClose(
    logitsOf(student, inheritedWeights(student, teacher)),
    logitsOf(TINY, masked(teacher, kept)),
  );
});

Deno.test("inheritedWeights() starts a projection as a selection that changes no value", () => {
  const kept = { "stem": [0, 1, 2, 3] };
  const student = deriveTiny({ stem: 4 });
  const projection = student.nodes.find(({ origin }) => origin?.node === null)!;
  const weights = inheritedWeights(student, teacher);
  assertEquals(weights[`${projection.id}/kernel`]!.shape, [1, 1, 4, 6]);
  assertEquals([...weights[`${projection.id}/kernel`]!.values.slice(0, 12)], [
    ...[1, 0, 0, 0, 0, 0],
    ...[0, 1, 0, 0, 0, 0],
  ]);
  const variance = weights[`${projection.id}/norm/variance`]!.values[0]!;
  assertEquals(Math.fround(variance + Math.fround(DEFAULT_NORM.epsilon)), 1);
  assertClose(logitsOf(student, weights), logitsOf(TINY, masked(teacher, kept)));
});

Deno.test("inheritedWeights() drops the channels of a side that the sum did not keep", () => {
  const student = deriveTiny({ "stage0/block0/conv_b": 2, "stage0/block1/conv_b": 2 });
  const projection = student.nodes.find(({ origin }) => origin?.node === null)!;
  const { values } = inheritedWeights(student, teacher)[`${projection.id}/kernel`]!;
  assertEquals([...values], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("inheritedWeights() follows depthwise convolutions, norms and a cut stage", () => {
  const { channels: _, ...mix } = conv({
    id: "mix",
    input: "stem",
    channels: 4,
    kernel: 3,
    norm: DEFAULT_NORM,
  });
  const blueprint: Blueprint = {
    name: "separable",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 2] },
      conv({ id: "stem", input: "images", channels: 4, kernel: 1, norm: DEFAULT_NORM }),
      { ...mix, op: "depthwise-conv" },
      { id: "plain", op: "norm", inputs: ["mix"], norm: DEFAULT_NORM, activation: "relu" },
      { id: "pool", op: "global-pool", inputs: ["plain"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 3, bias: true },
    ],
    stages: [],
    output: "classifier",
  };
  const full = trained(blueprint);
  const student = derive(blueprint, {
    decisions: [{
      id: "stem",
      space: "width",
      candidates: [2, 4],
      effect: { kind: "channels", nodes: ["stem"] },
    }],
    choices: { stem: 2 },
    kept: { stem: [1, 3] },
  });
  const weights = inheritedWeights(student, full);
  for (const [name, { shape }] of Object.entries(weights)) {
    const spec = parameterSpecs(student).find((spec) => spec.name === name)!;
    assertEquals(shape, spec.shape);
  }
  const original = full.weights["mix/kernel"]!.values;
  assertEquals(
    [...weights["mix/kernel"]!.values.slice(0, 4)],
    [1, 3, 5, 7].map((i) => original[i]!),
  );
  assertEquals(
    [...weights["plain/norm/gamma"]!.values],
    [1, 3].map((i) => full.weights["plain/norm/gamma"]!.values[i]!),
  );
  // Silenced channels leave each norm as its beta: give the last one none.
  const kept = { stem: [1, 3], plain: [1, 3] };
  assertClose(logitsOf(student, weights), logitsOf(blueprint, masked(full, kept)));

  const shallow = deriveTiny({ stage0: 1 });
  const names = Object.keys(inheritedWeights(shallow, teacher));
  assert(names.length > 0 && names.every((name) => !name.startsWith("stage0/block1")));
  assertEquals(inheritedWeights(shallow, teacher)["down/kernel"], teacher.weights["down/kernel"]);
});

Deno.test("inheritedWeights() starts channels that the teacher lacks from fresh weights", () => {
  const decisions = TINY_DECISIONS.map((decision) =>
    decision.id === "stage0/block0/conv_a"
      ? { ...decision, candidates: [2, 3, 5, 7], unpruned: 5 }
      : decision
  );
  const wider = derive(TINY, { decisions, choices: { ...FULL, "stage0/block0/conv_a": 7 } });
  const { weights: fresh } = trained(wider);
  const weights = inheritedWeights(wider, teacher, { fresh });
  const expected = (name: string, isOld: (row: number, column: number) => boolean) => {
    const { shape, values } = fresh[name]!;
    const [height, width] = [shape.at(-2) ?? 1, shape.at(-1)!];
    const old = teacher.weights[name]!,
      [rows, columns] = [old.shape.at(-2) ?? 1, old.shape.at(-1)!];
    return values.map((value, i) => {
      const column = i % width, row = Math.floor(i / width) % height;
      const tap = Math.floor(i / width / height);
      return isOld(row, column) ? old.values[(tap * rows + row) * columns + column]! : value;
    });
  };
  const outputs = (_: number, column: number) => column < 5;
  for (const part of ["kernel", "norm/gamma", "norm/variance"]) {
    const name = `stage0/block0/conv_a/${part}`;
    assertEquals(weights[name]!.values, expected(name, outputs));
  }
  const next = "stage0/block0/conv_b/kernel";
  assertEquals(weights[next]!.values, expected(next, (row) => row < 5));
  assertEquals(weights["stem/kernel"], teacher.weights["stem/kernel"]);
  const error = assertThrows(
    () => inheritedWeights(wider, teacher),
    EspalierError,
    '"stage0/block0/conv_a/kernel" as the derived network is wider',
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("inheritedWeights() names a weight that the teacher lacks", () => {
  const { "stem/kernel": _, ...weights } = teacher.weights;
  const error = assertThrows(
    () => inheritedWeights(deriveTiny({ stem: 2 }), { ...teacher, weights }),
    EspalierError,
    `"stem/kernel"`,
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});
