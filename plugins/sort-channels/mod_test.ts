import { channelOrders } from "@espalier/blueprint";
import { createRandom, type Phase, type PhaseContext, type TrainedNetwork } from "@espalier/core";
import { compile, initialWeights, parameterSpecs } from "@espalier/supernet";
import { pluginConformance, toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type HasTeacher, sortChannels } from "./mod.ts";

await tf.setBackend("cpu");

for (const { name, fn } of pluginConformance({ factory: sortChannels, invalid: [{ by: "l1" }] })) {
  Deno.test(name, fn);
}

const random = createRandom(5);
const blueprint = toyNetwork();
const teacher = { blueprint, weights: initialWeights(parameterSpecs(blueprint), random) };

function logitsOf({ blueprint, weights }: TrainedNetwork): Float32Array {
  using network = compile(blueprint, { random, weights });
  return tf.tidy(() => {
    const images = tf.randomNormal<tf.Rank.R4>([4, 6, 6, 1], 0, 1, "float32", 3);
    return network.forward(images, { training: false }).logits.dataSync<"float32">();
  });
}

Deno.test("sortChannels() brings a phase that puts the best channels first and changes no output", async () => {
  const [placed] = sortChannels().phases;
  assertEquals(placed!.before, "search");
  const { run } = placed!.phase as Phase<HasTeacher, HasTeacher>;
  const before = tf.memory().numTensors;
  const sorted = (await run({ blueprint } as PhaseContext, { teacher })).teacher;
  assertEquals(tf.memory().numTensors, before);
  const isInOrder = (network: TrainedNetwork) =>
    [...channelOrders(network).values()].every((order) => order.every((c, i) => c === i));
  assertEquals([isInOrder(teacher), isInOrder(sorted)], [false, true]);
  const [found, wanted] = [logitsOf(sorted), logitsOf(teacher)];
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => assert(Math.abs(found[i]! - value) < 1e-5 * largest));
});
