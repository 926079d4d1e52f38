import { importanceConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import {
  activationMean,
  geometricMedian,
  l1Norm,
  l2Norm,
  normScale,
  randomImportance,
  taylor,
} from "./mod.ts";

await tf.setBackend("cpu");

const FACTORIES = [
  activationMean,
  geometricMedian,
  l1Norm,
  l2Norm,
  normScale,
  randomImportance,
  taylor,
];
for (const factory of FACTORIES) {
  const checks = [
    ...pluginConformance({ factory, invalid: [{ p: 1 }] }),
    ...importanceConformance({ plugins: () => [factory()] }),
  ];
  for (const { name, fn } of checks) Deno.test(`${factory.pluginName}: ${name}`, fn);
}
