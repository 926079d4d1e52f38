import { EspalierError, ObjectiveToken, openServices } from "@espalier/core";
import { kd } from "@espalier/plugin-kd";
import { transferInput } from "@espalier/testing";
import { TransferToken } from "@espalier/core";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { byOutput, classification, multiLabel, regression, segmentation } from "./mod.ts";

await tf.setBackend("cpu");

const NUMBERS = { kind: "numbers", size: 2 } as const;
const DATA = {
  shape: [1, 2, 1],
  classes: 0,
  labels: {
    kind: "by-output",
    outputs: {
      box: { labels: NUMBERS },
      kind: { classes: 3 },
      mask: { classes: 2, labels: { kind: "class-map" } },
    },
  },
} as const;

const PLUGIN = () =>
  byOutput(
    { kind: classification(), box: regression(), mask: segmentation() },
    { weights: { box: 0.5 } },
  );

const box = tf.tensor2d([[1, 2], [3, 4]]);
const kind = tf.tensor2d([[5, 0, 0], [0, 5, 0]]);
const mask = tf.tensor4d([9, 0, 0, 9, 9, 0, 9, 0], [2, 1, 2, 2]);

Deno.test("byOutput() adds up weighted losses", async () => {
  await using services = openServices([PLUGIN()]);
  const objective = services.get(ObjectiveToken);
  assertEquals(objective.outputs(DATA), { kind: [3], box: [2], mask: [1, 2, 2] });
  const before = tf.memory().numTensors;
  const loss = tf.tidy(() => {
    const labels = {
      box: tf.tensor2d([[1, 0], [3, 4]]),
      kind: tf.tensor2d([[1, 0, 0], [0, 0, 1]]),
      mask: tf.tensor4d([1, 0, 0, 1, 1, 0, 1, 0], [2, 1, 2, 2]),
    };
    return objective.loss({ box, kind, mask }, labels).dataSync()[0]!;
  });
  assertEquals(tf.memory().numTensors, before);
  // Squared errors 0, 4, 0, 0; −log softmax of 5 and of 0 beside 5 and 0; nine beside zero thrice … .
  const rest = Math.log(Math.exp(5) + 2);
  const ofKind = (rest - 5 + rest) / 2;
  const ofMask = Math.log(1 + Math.exp(-9));
  assertAlmostEquals(loss, 0.5 * 1 + ofKind + ofMask, 1e-5);
});

Deno.test("byOutput() names the metrics of each output, whatever batches were added up", async () => {
  await using services = openServices([PLUGIN()]);
  const objective = services.get(ObjectiveToken);
  const tally = (from: number, size: number) => {
    const part = <T extends tf.Tensor>(x: T) => tf.slice(x, [from], [size]);
    return objective.tally({ box: part(box), kind: part(kind), mask: part(mask) }, {
      box: Float32Array.of(1, 0, 3, 4).subarray(2 * from, 2 * (from + size)),
      kind: Int32Array.of(0, 2).subarray(from, from + size),
      mask: Int32Array.of(0, 1, 0, 1).subarray(2 * from, 2 * (from + size)),
    });
  };
  const [first, second] = [tally(0, 1), tally(1, 1)];
  for (const sums of [tally(0, 2), first.map((sum, i) => sum + second[i]!)]) {
    const found = objective.metrics.map(({ name, value }) => [name, value(sums)]);
    assertEquals(found, [
      ["kind: accuracy", 0.5],
      ["box: mean absolute error", 0.5],
      // Class 0: two right, one taken for it; class 1: one right, one missed.
      ["mask: mean IoU", (2 / 3 + 1 / 2) / 2],
      ["mask: pixel accuracy", 0.75],
    ]);
  }
});

Deno.test("byOutput() guesses by output", async () => {
  await using services = openServices([byOutput({ box: regression(), some: multiLabel() })]);
  const guess = services.get(ObjectiveToken).constant!({ box: [1, 2], some: [0.5] });
  assertEquals(guess, { box: [1, 2], some: [0] });
});

Deno.test("byOutput() refuses what is no objective, and labels of another kind", async () => {
  const refused = (make: () => unknown, message: string) => {
    const error = assertThrows(make, EspalierError, message);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_OPTIONS", "by-output"]);
  };
  refused(() => byOutput({}), "there is none");
  refused(() => byOutput({ a: kd() }), `"a" has none`);
  refused(() => byOutput({ a: regression() }, { weights: { b: 1 } }), `"b" is none`);
  assertThrows(() => byOutput({ a: regression() }, { weights: { a: -1 } }), EspalierError);
  await using services = openServices([byOutput({ box: classification(), other: regression() })]);
  const objective = services.get(ObjectiveToken);
  assertThrows(() => objective.outputs(DATA), EspalierError, `they are of kind "numbers"`);
  assertThrows(
    () =>
      objective.outputs({
        ...DATA,
        labels: { kind: "by-output", outputs: { box: DATA.labels.outputs.kind } },
      }),
    EspalierError,
    "there are none",
  );
});

Deno.test("byOutput() has options that say all, in order, for content keys", () => {
  const optionsOf = (plugin: ReturnType<typeof byOutput>) => JSON.stringify(plugin.options);
  const [a, b] = [classification(), regression()];
  const all = [
    byOutput({ a, b }),
    byOutput({ b, a }),
    byOutput({ a, b: regression({ loss: "huber" }) }),
    byOutput({ a, b }, { weights: { b: 2 } }),
  ].map(optionsOf);
  assertEquals(new Set(all).size, all.length);
});

Deno.test("kd() weighs outputs as the objective does", async () => {
  await using services = openServices([kd({ weight: 0.5 })]);
  const [transfer] = services.getAll(TransferToken);
  const zero = tf.zeros([1, 2]);
  const output = {
    student: zero,
    teacher: tf.ones([1, 2]),
    labels: zero,
    kind: "numbers",
  } as const;
  const given = { logits: zero, features: new Map() };
  const loss = transfer!.loss!({
    ...transferInput({ student: given, teacher: given, labels: zero }),
    outputs: [{ ...output, weight: 3 }, { ...output, weight: 1 }],
  });
  assertAlmostEquals(loss.dataSync()[0]!, 0.5 * (3 + 1), 1e-6);
});
