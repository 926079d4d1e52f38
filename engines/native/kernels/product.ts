/**
 * A product with bias, residual and relu as one op: oneDNN's fused convolution with a 1×1 kernel.
 *
 * The op is private to TensorFlow, so it is tried once. Public ops replace it where it is missing,
 * as on a GPU, or refused, as by the compiled addon, which accepts no lists of strings.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";
import { channelsOf, pixelsOf } from "./view.ts";

/** Arguments of {@linkcode product}. */
export interface ProductOptions {
  /** [..., C]. */
  readonly x: tf.Tensor;
  /** [C, D]. */
  readonly matrix: tf.Tensor;
  /** [D]. */
  readonly bias: tf.Tensor;
  /** [..., D], added before relu. */
  readonly residual?: tf.Tensor | undefined;
  /** Whether relu is applied. */
  readonly isRelu: boolean;
}

const NAME = "_MklNativeFusedConv2D";
const FLOAT32 = 1;

function run({ x, matrix, bias, residual, isRelu }: ProductOptions): tf.Tensor {
  const image = (t: tf.Tensor) =>
    t.rank === 4 ? t : tf.reshape(t, [pixelsOf(t), 1, 1, channelsOf(t)]);
  const kernel = tf.reshape(matrix, [1, 1, channelsOf(x), channelsOf(matrix)]);
  const extra = residual ? [bias, image(residual)] : [bias];
  const y = op(NAME, [image(x), kernel, ...extra], {
    strides: [1, 1, 1, 1],
    padding: "VALID",
    "num_args": extra.length,
    TArgs: extra.map(() => FLOAT32),
    "fused_ops": ["BiasAdd", ...(residual ? ["Add"] : []), ...(isRelu ? ["Relu"] : [])],
    "filter_format": "HWIO",
    _kernel: "MklNameChangeOp",
  });
  return tf.reshape(y, [...x.shape.slice(0, -1), channelsOf(matrix)]);
}

let isThere: boolean | undefined;

/** Whether the op runs and gives the correct result. */
function probe(): boolean {
  const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  if (backend.isUsingGpuDevice) return false;
  try {
    const one = tf.ones([1, 1, 1, 1]);
    const y = run({
      x: one,
      matrix: tf.ones([1, 1]),
      bias: tf.tensor1d([2]),
      residual: one,
      isRelu: true,
    });
    return y.dataSync()[0] === 4;
  } catch {
    return false;
  }
}

/**
 * relu?(x · matrix + bias + residual?) in one op.
 *
 * @param options The arguments.
 * @returns [..., D]; undefined where the op is missing.
 */
export function fusedProduct(options: ProductOptions): tf.Tensor | undefined {
  isThere ??= tf.tidy(probe);
  return isThere ? run(options) : undefined;
}

/** relu?(x · matrix + bias + residual?) by public ops. */
export function composedProduct(
  { x, matrix, bias, residual, isRelu }: ProductOptions,
): tf.Tensor {
  const rows = tf.reshape(x, [pixelsOf(x), channelsOf(x)]);
  const y = op("BiasAdd", [tf.matMul(rows, matrix as tf.Tensor2D), bias]);
  const added = residual ? tf.add(y, tf.reshape(residual, y.shape)) : y;
  const shape = [...x.shape.slice(0, -1), channelsOf(matrix)];
  return tf.reshape(isRelu ? tf.relu(added) : added, shape);
}

/**
 * relu?(x · matrix + bias + residual?), in as few ops as possible.
 *
 * @param options The arguments.
 * @returns [..., D].
 */
export function product(options: ProductOptions): tf.Tensor {
  return fusedProduct(options) ?? composedProduct(options);
}
