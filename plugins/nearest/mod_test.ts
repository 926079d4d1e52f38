import { aggregatorConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { nearest } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({ factory: nearest, invalid: [{ channels: 8 }] }),
  ...aggregatorConformance({ plugins: () => [nearest()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
