import { modelFormatConformance, pluginConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { onnxFile } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({ factory: onnxFile, invalid: [{ opset: 9 }] }),
  ...modelFormatConformance({ plugins: () => [onnxFile()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
