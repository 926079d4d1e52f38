import { aggregatorConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { zeroPad } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({ factory: zeroPad, invalid: [{ channels: 8 }] }),
  ...aggregatorConformance({ plugins: () => [zeroPad()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
