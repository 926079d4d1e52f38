/**
 * Padding by number, which the stock kernels refuse.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Padding as the ops of TensorFlow.js hand it to kernels. */
export type Pad = "valid" | "same" | number | readonly (readonly [number, number])[];

/** Attributes that convolutions and pools share. */
export interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly dataFormat?: "NHWC" | "NCHW";
}

/** Pixels of padding on each side. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The geometry of a window on an image, as TensorFlow.js computes it. */
export type WindowInfo = tf.backend_util.Conv2DInfo;

/** Whether padding is stated in pixels. */
export function isExplicit({ type }: WindowInfo["padInfo"]): boolean {
  return type !== "SAME" && type !== "VALID";
}

/** Whether both paddings put the same pixels around an image. */
function isEqual(a: Sides, b: Sides): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

/**
 * Put padding into the form that is fastest for TensorFlow: a name where one means the same.
 *
 * @param infoOf Computes the geometry for a padding.
 * @param pad The padding.
 * @returns A name, or pixels before and after for each axis of an NHWC tensor.
 */
export function normalizePad(infoOf: (pad: Pad) => WindowInfo, pad: Pad): Pad {
  if (typeof pad === "string") return pad;
  const info = infoOf(pad);
  const named = (["valid", "same"] as const).find((name) => {
    const other = infoOf(name);
    return other.outHeight === info.outHeight && other.outWidth === info.outWidth &&
      isEqual(other.padInfo, info.padInfo);
  });
  if (named !== undefined) return named;
  const { top, bottom, left, right } = info.padInfo;
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}

/** Put a constant around an NHWC image. */
export function padImage(x: tf.Tensor, { top, bottom, left, right }: Sides, value: number) {
  return tf.pad(x as tf.Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]], value);
}

/** Remove the padding of an NHWC image. */
export function cropImage(
  x: tf.Tensor,
  { top, left }: Sides,
  shape: readonly number[],
): tf.Tensor {
  return tf.slice(x, [0, top, left, 0], [...shape]);
}

/** Shape of an NHWC image with padding around it. */
export function paddedShape(
  shape: readonly number[],
  { top, bottom, left, right }: Sides,
): [number, number, number, number] {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, height + top + bottom, width + left + right, channels];
}
