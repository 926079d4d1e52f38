import type { Blueprint, DataForm } from "@espalier/core";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { answersOf, entering } from "./answers.ts";

await tf.setBackend("cpu");

const dense = (id: string, channels: number) => ({
  id,
  op: "dense" as const,
  inputs: ["x"],
  channels,
  bias: true,
});

/** Two outputs of one vector, the first behind a sigmoid in what is exported. */
const TWO: Blueprint = {
  name: "two",
  nodes: [{ id: "x", op: "input", inputs: [], shape: [1, 1, 2] }, dense("a", 1), dense("b", 3)],
  stages: [],
  output: "a",
  outputs: [{ node: "a", activation: "sigmoid" }, { node: "b", layer: "classes" }],
};

const features = new Map();
const shape = [1, 1, 2] as const;

function seen(logits: tf.Tensor, data: Partial<DataForm> & Pick<DataForm, "classes">): tf.Tensor {
  return answersOf({ logits, features }, { blueprint: TWO, data: { shape, ...data } }) as tf.Tensor;
}

Deno.test("answersOf() puts a 0 beside one logit that stands for two classes", () => {
  const logits = tf.tensor2d([[3], [-1]]);
  assertEquals(seen(logits, { classes: 2 }).arraySync(), [[0, 3], [0, -1]]);
  const two = tf.tensor2d([[1, 3]]);
  assertEquals(seen(two, { classes: 2 }), two);
  const labels = { kind: "classes" } as const;
  assertEquals(seen(logits, { classes: 1, labels }), logits);
});

Deno.test("answersOf() puts a 0 beside the logit of each pixel, in a map or a vector", () => {
  const data = { shape: [1, 2, 1], classes: 2, labels: { kind: "class-map" } } as const;
  assertEquals(seen(tf.tensor4d([[[[3], [4]]]]), data).arraySync(), [[[[0, 3], [0, 4]]]]);
  assertEquals(seen(tf.tensor2d([[3, 4]]), data).arraySync(), [[[0, 3], [0, 4]]]);
});

Deno.test("answersOf() compares numbers with what the exported model gives", () => {
  const labels = { kind: "numbers", size: 1 } as const;
  const [value] = seen(tf.tensor2d([[Math.log(3)]]), { classes: 0, labels }).dataSync();
  assertAlmostEquals(value!, 0.75, 1e-6);
});

Deno.test("answersOf() finds several outputs by their names", () => {
  const all = [tf.tensor2d([[0]]), tf.tensor2d([[1, 2, 3]])];
  const data = {
    shape,
    classes: 0,
    labels: {
      kind: "by-output",
      outputs: { classes: { classes: 3 }, a: { labels: { kind: "numbers", size: 1 } } },
    },
  } as const;
  const found = answersOf({ logits: all[0]!, all, features }, { blueprint: TWO, data });
  const { a, classes } = found as Record<string, tf.Tensor>;
  assertEquals([a!.arraySync(), classes!.arraySync()], [[[0.5]], [[1, 2, 3]]]);
});

Deno.test("entering() puts images where no other input is named", () => {
  const [facts, photo] = ["facts", "photo"].map((id) =>
    ({ id, op: "input", inputs: [], shape, source: { layer: `my_${id}` } }) as const
  );
  const blueprint = { ...TWO, nodes: [facts!, photo!, ...TWO.nodes.slice(1)] };
  const images = tf.zeros<tf.Rank.R4>([1, 1, 1, 2]), own = tf.ones<tf.Rank.R4>([1, 1, 1, 2]);
  assertEquals(entering(blueprint, { images, inputs: { my_facts: own } }), [own, images]);
  assertEquals(entering(TWO, { images }), images);
});
