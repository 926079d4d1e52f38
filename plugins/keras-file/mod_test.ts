import { modelFormatConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { kerasFile } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({ factory: kerasFile, invalid: [{ version: 2 }] }),
  ...modelFormatConformance({ plugins: () => [kerasFile()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
