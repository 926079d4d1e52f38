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
  Activation: same,
  Add: same,
  Average: same,
  AveragePooling1D: same,
  AveragePooling2D: same,
  BatchNormalization: same,
  Concatenate: same,
  Conv1D: same,
  Conv2D: same,
  Conv2DTranspose: same,
  Cropping2D: same,
  Dense: same,
  DepthwiseConv2D: same,
  Dropout: same,
  Flatten: same,
  GlobalAveragePooling1D: same,
  GlobalAveragePooling2D: same,
  GlobalMaxPooling1D: same,
  GlobalMaxPooling2D: same,
  InputLayer: ({ batch_input_shape, ...rest }) => ({ batch_shape: batch_input_shape!, ...rest }),
  LeakyReLU: ({ alpha, ...rest }) => ({ negative_slope: alpha!, ...rest }),
  MaxPooling1D: same,
  MaxPooling2D: same,
  Maximum: same,
  Minimum: same,
  Multiply: same,
  PReLU: same,
  ReLU: same,
  Rescaling: same,
  Reshape: same,
  UpSampling2D: same,
  ZeroPadding2D: same,
};

/** Activations of TensorFlow.js that Keras 3 has by the same name. Its `hard_sigmoid` is another. */
const ACTIVATIONS: readonly string[] = [
  ...["linear", "relu", "relu6", "elu", "selu", "sigmoid", "softplus", "softsign", "tanh"],
  ...["swish", "mish", "gelu", "softmax", "logSoftmax"],
];

/** Refuse a layer that Keras 3 cannot express; throws ERR_EXPORT_UNSUPPORTED. */
export function checkLayer(
  { name, className, activation, interpolation }: StockLayerInfo,
): void {
  const unlike = !Object.hasOwn(LAYERS, className)
    ? className
    : activation !== undefined && !ACTIVATIONS.includes(activation)
    ? activation
    : interpolation === "bilinear"
    ? "its interpolation"
    : undefined;
  if (unlike === undefined) return;
  throw new EspalierError(
    "ERR_EXPORT_UNSUPPORTED",
    `Cannot write layer "${name}" for Keras 3 as it must compute the same there: ` +
      `${unlike} may not. Leave out the plugin "keras-file", and serve the layers-model.`,
  );
}

/** How weights begin, and what training adds to the loss: Keras 3 has the same defaults. */
const OF_TRAINING = /_(initializer|regularizer|constraint)$/;

/** Settings of a layer in Keras 3. */
export function kerasConfig(className: string, config: Config): Config {
  const rest = Object.entries(config).filter(([name]) => !OF_TRAINING.test(name));
  return { dtype: "float32", ...LAYERS[className]!(Object.fromEntries(rest)) };
}
