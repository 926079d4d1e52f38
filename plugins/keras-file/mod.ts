/**
 * Writes the pruned network as a file of Keras 3, for Python and what Keras exports.
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
} from "@espalier/core";
import { checkKeras, toKerasFile } from "./to_keras_file.ts";

export { toKerasFile } from "./to_keras_file.ts";

const format: ModelFormat = Object.freeze({
  name: "keras",
  file: "model.keras",
  check: checkKeras,
  encode: toKerasFile,
});

/** Plugin that provides a `ModelFormat`: `model.keras` beside the layers-model of a run. */
export const kerasFile: PluginFactory<NoOptions> = definePlugin({
  name: "keras-file",
  version: "1",
  provides: [ModelFormatToken],
  options: noOptions,
  setup(context) {
    context.provide(ModelFormatToken, () => format);
  },
});
