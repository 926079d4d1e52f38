/**
 * Writes the pruned network as ONNX, for ONNX Runtime and what reads its files.
 *
 * @module
 */
import {
  definePlugin,
  type ModelFormat,
  ModelFormatToken,
  type NoOptions,
  noOptions,
  type PluginFactory,
  type TrainedNetwork,
} from "@espalier/core";
import { checkOnnx, toOnnx } from "./to_onnx.ts";

export { toOnnx } from "./to_onnx.ts";

const format: ModelFormat = Object.freeze({
  name: "onnx",
  file: "model.onnx",
  check: checkOnnx,
  encode: (network: TrainedNetwork) => Promise.resolve(toOnnx(network)),
});

/** Plugin that provides a `ModelFormat`: `model.onnx` beside the layers-model of a run. */
export const onnxFile: PluginFactory<NoOptions> = definePlugin({
  name: "onnx-file",
  version: "1",
  provides: [ModelFormatToken],
  options: noOptions,
  setup(context) {
    context.provide(ModelFormatToken, () => format);
  },
});
