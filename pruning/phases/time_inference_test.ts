import { createRandom } from "@espalier/core";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import { toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { quartiles, timeInference } from "./time_inference.ts";

await tf.setBackend("cpu");

const blueprint = toyNetwork();
const network = { blueprint, weights: initialWeights(parameterSpecs(blueprint), createRandom(1)) };
const { signal } = new AbortController();

Deno.test("timeInference() times networks and exported models, alone and in batches", async () => {
  const tensors = tf.memory().numTensors;
  const times = await timeInference([network, network], { signal });
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(
    times.map((own) => own.map(({ runs, batch }) => [runs, batch])),
    Array.from({ length: 2 }, () => [
      ["network", 1],
      ["exported", 1],
      ["network", 32],
      ["exported", 32],
    ]),
  );
  for (const { lower, median, upper } of times.flat()) {
    assert(0 < lower && lower <= median && median <= upper);
  }
});

Deno.test("timeInference() ends where the run is stopped", async () => {
  await assertRejects(() => timeInference([network], { signal: AbortSignal.abort() }));
});

Deno.test("quartiles() lie between the values next to them", () => {
  assertEquals(quartiles([5, 1, 3, 2, 4]), { lower: 2, median: 3, upper: 4 });
  assertEquals(quartiles([4, 1]), { lower: 1.75, median: 2.5, upper: 3.25 });
  assertEquals(quartiles([7]), { lower: 7, median: 7, upper: 7 });
});
