/**
 * The geometry of a convolution or pooling, correct for every padding.
 *
 * When the padding is one number, TensorFlow.js derives the output's width from the filter's
 * *height*. Padding is therefore written out for each side first.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Padding, as an attribute of a kernel. */
export type Padding = "valid" | "same" | number | tf.backend_util.ExplicitPadding;

/** The attributes that convolutions share. */
export interface ConvolutionAttrs {
  /** Rows and columns from one window to the next. */
  readonly strides: number | [number, number];
  /** Padding. */
  readonly pad: Padding;
  /** Distance between two taps; 1 when absent. */
  readonly dilations?: number | [number, number];
  /** How a fractional output size is rounded. */
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape = [number, number, number, number];

/** Padding, with one number written out for each side. */
export function writtenOut(pad: Padding): Padding {
  return typeof pad === "number" ? [[0, 0], [pad, pad], [pad, pad], [0, 0]] : pad;
}

/** The padding of a geometry, written out for each side. */
export function paddingOf(info: tf.backend_util.Conv2DInfo): tf.backend_util.ExplicitPadding {
  const { top, bottom, left, right } = info.padInfo;
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}

/** Geometry of a convolution; the filter is [height, width, in, out or multiplier]. */
export function convolutionInfo(
  { x, filter, depthwise = false }: { x: number[]; filter: number[]; depthwise?: boolean },
  attrs: ConvolutionAttrs,
): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(
    x as Shape,
    filter as Shape,
    attrs.strides,
    attrs.dilations ?? 1,
    writtenOut(attrs.pad),
    attrs.dimRoundingMode,
    depthwise,
  );
}

/** Geometry of a pooling. */
export function poolingInfo(
  x: number[],
  attrs: ConvolutionAttrs & { readonly filterSize: number | [number, number] },
): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computePool2DInfo(
    x as Shape,
    attrs.filterSize,
    attrs.strides,
    1,
    writtenOut(attrs.pad),
    attrs.dimRoundingMode,
  );
}

/** The part of an image behind one output of a pooling. */
export interface PoolWindow {
  /** Index of the image. */
  readonly image: number;
  /** First row. */
  readonly top: number;
  /** Behind the last row. */
  readonly bottom: number;
  /** First column. */
  readonly left: number;
  /** Behind the last column. */
  readonly right: number;
}

/** Visit the windows of a pooling in the order of its outputs, each without its padding. */
export function forEachWindow(
  info: tf.backend_util.Conv2DInfo,
  visit: (window: PoolWindow) => void,
): void {
  const { inHeight, inWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  for (let image = 0; image < info.batchSize; image++) {
    for (let row = 0; row < info.outHeight; row++) {
      const y = row * strideHeight - info.padInfo.top;
      const top = Math.max(0, y), bottom = Math.min(inHeight, y + filterHeight);
      for (let column = 0; column < info.outWidth; column++) {
        const x = column * strideWidth - info.padInfo.left;
        const left = Math.max(0, x), right = Math.min(inWidth, x + filterWidth);
        visit({ image, top, bottom, left, right });
      }
    }
  }
}
