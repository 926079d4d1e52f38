import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, createRandom, EspalierError } from "@espalier/core";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint } from "../../blueprint/testing.ts";
import { testOptions } from "../../core/options_testing.ts";
import { withFolder } from "../../core/testing.ts";
import { initialWeights, parameterSpecs } from "../parameters.ts";
import { loadModel, loadNetwork, saveModel } from "./saved_model.ts";
import { ENDS, isStock, network as networkOf } from "./testing.ts";

await tf.setBackend("cpu");

const trained = (blueprint: Blueprint) => ({
  blueprint,
  weights: initialWeights(parameterSpecs(blueprint), createRandom(1)),
});

Deno.test("loadNetwork() reads what saveModel() wrote, whatever the network", async () => {
  const tensors = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(arbitraryBlueprint.filter(isStock), (blueprint) =>
      withFolder(async (path) => {
        const network = trained(blueprint);
        await saveModel(network, path);
        assertEquals(await loadNetwork(path, blueprint), network);
      })),
    { numRuns: 25 },
  );
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("loadNetwork() leaves no tensor of layers that are called twice", () =>
  withFolder(async (path) => {
    const tensors = tf.memory().numTensors;
    const a = conv({ id: "a", input: "images", kernel: 3, channels: 2, norm: DEFAULT_NORM });
    const shared = networkOf(a, { ...a, id: "b", inputs: ["a"], sharesWeightsOf: "a" });
    const saved = trained(shared);
    await saveModel(saved, path);
    assertEquals(await loadNetwork(path, shared), saved);
    (await loadModel(path)).dispose();
    assertEquals(tf.memory().numTensors, tensors);
  }));

Deno.test("loadNetwork() reads a network of several inputs and outputs", () =>
  withFolder(async (path) => {
    const network = trained(ENDS);
    await saveModel(network, path);
    assertEquals(await loadNetwork(path, ENDS), network);
    const wider = { ...ENDS.nodes[0], shape: [1, 6, 3] } as BlueprintNode;
    const other = { ...ENDS, nodes: [wider, ...ENDS.nodes.slice(1)] };
    await assertRejects(
      () => loadNetwork(path, other),
      EspalierError,
      "are 5×3 and 4, not 6×3 and 4",
    );
  }));

const a = conv({
  id: "a",
  input: "images",
  kernel: 3,
  channels: 4,
  norm: DEFAULT_NORM,
  activation: "relu",
});

/** Pooled, so that the size of the images is not that of a weight. */
function network({ size = 6, classes = 3, trunk = [a] }: {
  readonly size?: number;
  readonly classes?: number;
  readonly trunk?: readonly BlueprintNode[];
} = {}): Blueprint {
  return {
    name: "mine",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [size, size, 2] },
      ...trunk,
      { id: "pool", op: "global-pool", inputs: [trunk.at(-1)!.id] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: classes, bias: true },
    ],
    stages: [],
    output: "classifier",
  };
}

const { activation: _, ...bare } = a;
const between: BlueprintNode = { id: "between", op: "dropout", inputs: ["a"], rate: 0.5 };
const others: readonly [difference: string, other: Blueprint][] = [
  ['"classifier/kernel" is 4×5, not 4×3', network({ classes: 5 })],
  ["its inputs are 8×8×2, not 6×6×2", network({ size: 8 })],
  ['layer "a" has other settings', network({ trunk: [{ ...a, strides: [2, 2] }] })],
  ['layer "a.activation" has other', network({ trunk: [{ ...a, activation: "relu6" }] })],
  ['"a/kernel" is 5×5×2×4, not 3×3×2×4', network({ trunk: [{ ...a, kernel: [5, 5] }] })],
  ['layer "a" has other settings', network({ trunk: [{ ...a, padding: [0, 0, 0, 0] }] })],
  ['no layer "a.activation"', network({ trunk: [bare] })],
  ["it has 7 layers, not 6", network({ trunk: [a, between] })],
];
for (const [difference, other] of others) {
  Deno.test(`loadNetwork() refuses the folder of another network: ${difference}`, async () => {
    await withFolder(async (path) => {
      await saveModel(trained(other), path);
      const tensors = tf.memory().numTensors;
      const error = await assertRejects(() => loadNetwork(path, network()), EspalierError, path);
      assertStringIncludes(error.message, difference);
      assertEquals(error.code, "ERR_MODEL_CORRUPT");
      assertEquals(tf.memory().numTensors, tensors);
    });
  });
}

testOptions({
  "saveModel()": {
    call: (options) => saveModel(trained(network()), "nowhere", options),
    valid: { quantize: "uint8" },
  },
});
