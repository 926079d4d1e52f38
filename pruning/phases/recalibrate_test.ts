import { createRandom, type TrainedNetwork } from "@espalier/core";
import {
  flops,
  inheritWeights,
  kd,
  trainingRecipe,
  uniform,
  widthSearch,
} from "@espalier/espalier";
import { compile, inheritedWeights, initialWeights, parameterSpecs } from "@espalier/supernet";
import { toyData, toyNetwork } from "@espalier/testing";
import { createBatches, recalibrateNorms } from "@espalier/training";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createPruner } from "../pruner.ts";

await tf.setBackend("cpu");

const data = toyData();

/** A toy network whose norms forget slowly, with statistics that no image ever had. */
function strange(): TrainedNetwork {
  const toy = toyNetwork();
  const blueprint = {
    ...toy,
    nodes: toy.nodes.map((node) =>
      node.op === "conv" && node.norm
        ? { ...node, norm: { ...node.norm, momentum: 0.999999 } }
        : node
    ),
  };
  const weights = initialWeights(parameterSpecs(blueprint), createRandom(3));
  for (const [name, { values }] of Object.entries(weights)) {
    if (name.endsWith("/mean")) values.fill(7);
  }
  return { blueprint, weights };
}

async function studentOf(network: TrainedNetwork, transfer: typeof inheritWeights | typeof kd) {
  const hardly = { epochs: 1, batchSize: 8, rate: { peak: 1e-9, warmupEpochs: 0 } };
  await using pruner = createPruner({
    ...{ network, data, budget: { cost: "macs", target: 0.6, tolerance: 0.2 } },
    plugins: [
      widthSearch({ residual: "tie", ratios: [0.25, 0.5, 0.75, 1] }),
      flops(),
      uniform(),
      transfer(),
      trainingRecipe({ train: hardly }),
    ],
  });
  return (await pruner.run().result).student;
}

Deno.test("a network that inherits weights is trained with statistics of its own", async () => {
  const teacher = strange();
  const before = tf.memory().numTensors;
  const { blueprint, weights } = await studentOf(teacher, inheritWeights);
  assertEquals(tf.memory().numTensors, before);
  using network = compile(blueprint, {
    random: createRandom(0),
    weights: inheritedWeights(blueprint, teacher),
  });
  const { train, shape, classes, labels } = data;
  // All training images, as there are fewer than 512; they enter a trained network as they are.
  const batches = createBatches({
    ...{ split: train, shape, labels, batchSize: 8 },
    statistics: { mean: [0], deviation: [1] },
  });
  await recalibrateNorms(network, { batches, shape, classes, labels });
  for (const [name, statistic] of network.statistics) {
    statistic.dataSync().forEach((value, i) =>
      assertAlmostEquals(
        weights[name]!.values[i]!,
        value,
        1e-3 * Math.max(1, Math.abs(value)),
        name,
      )
    );
  }
});

Deno.test("a network that starts fresh keeps the statistics of a fresh one", async () => {
  const { weights } = await studentOf(strange(), kd);
  const means = Object.entries(weights).filter(([name]) => name.endsWith("/mean"));
  for (const [name, { values }] of means) {
    values.forEach((value) => assertAlmostEquals(value, 0, 1e-3, name));
  }
});
