import { EspalierError, type Json } from "@espalier/core";
import type { StockLayerInfo } from "@espalier/supernet";

/** Settings of a layer by name, as both Keras and TensorFlow.js write them. */
export type Config = Readonly<Record<string, Json>>;

const same = (config: Config): Config => config;

/**
 * From the class of a layer of TensorFlow.js to its settings in Keras 3. A class that is not here
 * computes something else there, or was not looked at.
 */
const LAYERS: Readonly<Record<string, (config: Config) => Config>> = {
  Add: same,
  AveragePooling2D: same,
  BatchNormalization: same,
  Concatenate: same,
  Conv2D: same,
  Dense: same,
  DepthwiseConv2D: same,
  Dropout: same,
  Flatten: same,
  GlobalAveragePooling2D: same,
  InputLayer: ({ batch_input_shape, ...rest }) => ({ batch_shape: batch_input_shape!, ...rest }),
  MaxPooling2D: same,
  ReLU: same,
  ZeroPadding2D: same,
};

/** Refuse a layer that Keras 3 cannot express; throws ERR_EXPORT_UNSUPPORTED. */
export function checkLayer({ name, className }: StockLayerInfo): void {
  if (Object.hasOwn(LAYERS, className)) return;
  throw new EspalierError(
    "ERR_EXPORT_UNSUPPORTED",
    `Cannot write layer "${name}" for Keras 3 as its class must compute the same there: ` +
      `${className} may not. Leave out the plugin "keras-file", and serve the layers-model.`,
  );
}

/** How weights begin, and what training adds to the loss: Keras 3 has the same defaults. */
const OF_TRAINING = /_(initializer|regularizer|constraint)$/;

/** Settings of a layer in Keras 3. */
export function kerasConfig(className: string, config: Config): Config {
  const rest = Object.entries(config).filter(([name]) => !OF_TRAINING.test(name));
  return { dtype: "float32", ...LAYERS[className]!(Object.fromEntries(rest)) };
}
