import { objectiveConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { classification, multiLabel, regression, segmentation } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({
    factory: classification,
    valid: [{ labelSmoothing: 0.1 }, { classWeights: [1, 2, 0.5] }],
    invalid: [{ labelSmoothing: 1 }, { classWeights: [-1] }],
  }),
  ...pluginConformance({ factory: multiLabel, invalid: [{ threshold: 0.5 }] }),
  ...pluginConformance({
    factory: regression,
    valid: [{ loss: "huber", delta: 2 }],
    invalid: [{ loss: "mse" }, { delta: 0 }],
  }),
  ...pluginConformance({ factory: segmentation, invalid: [{ ignore: 255 }] }),
  ...[
    classification(),
    classification({ labelSmoothing: 0.1, classWeights: [1, 2, 0.5] }),
    multiLabel(),
    regression(),
    regression({ loss: "absolute" }),
    regression({ loss: "huber", delta: 0.5 }),
    segmentation(),
  ].flatMap((plugin) => [...objectiveConformance({ plugins: () => [plugin] })]),
];
for (const { name, fn } of checks) Deno.test(name, fn);
