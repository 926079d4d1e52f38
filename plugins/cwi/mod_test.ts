import { aggregatorConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { cwi } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({ factory: cwi, invalid: [{ channels: 8 }] }),
  ...aggregatorConformance({ plugins: () => [cwi()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
