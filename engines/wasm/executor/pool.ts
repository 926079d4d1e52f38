/**
 * Pools of the executor, as loops on the host over views of the heap: they are little work.
 *
 * @module
 */
import type { Feature, FeatureShape, Pooling, PoolingOptions } from "@espalier/supernet/engine";
import type { Features } from "./features.ts";

/** Windows of all images; distances are in entries. */
interface Windows {
  /** Where each window begins in the input, in the order of the output's pixels. */
  readonly starts: Int32Array;
  /** Distance of each entry of a window from its first. */
  readonly taps: Int32Array;
  readonly channels: number;
}

function windowsOf(
  { shape: [, height, width, channels] }: Feature,
  { output: [batch, high, wide], size: [rows, columns], strides: [down, across] }:
    & Omit<PoolingOptions, "pool" | "padding">
    & { readonly output: FeatureShape },
): Windows {
  const starts = Int32Array.from({ length: batch * high * wide }, (_, at) => {
    const row = Math.floor(at / wide) % high, image = Math.floor(at / (wide * high));
    return ((image * height + row * down) * width + at % wide * across) * channels;
  });
  const taps = Int32Array.from(
    { length: rows * columns },
    (_, tap) => (Math.floor(tap / columns) * width + tap % columns) * channels,
  );
  return { starts, taps, channels };
}

/** Index of the largest entry of a window; ties go to the first. */
function largestOf(x: Float32Array, start: number, taps: Int32Array): number {
  let best = start;
  for (const tap of taps) if (x[start + tap]! > x[best]!) best = start + tap;
  return best;
}

/** The maxima of windows. */
function maxima(to: Float32Array, x: Float32Array, { starts, taps, channels }: Windows): void {
  for (let pixel = 0, at = 0; pixel < starts.length; pixel++) {
    for (let c = 0; c < channels; c++) to[at++] = x[largestOf(x, starts[pixel]! + c, taps)]!;
  }
}

/** The gradient of `maxima`, added. */
function addToMaxima(
  to: Float32Array,
  { x, dy }: { readonly x: Float32Array; readonly dy: Float32Array },
  { starts, taps, channels }: Windows,
): void {
  for (let pixel = 0, at = 0; pixel < starts.length; pixel++) {
    for (let c = 0; c < channels; c++) to[largestOf(x, starts[pixel]! + c, taps)]! += dy[at++]!;
  }
}

/** The means of windows. */
function means(to: Float32Array, x: Float32Array, { starts, taps, channels }: Windows): void {
  const share = 1 / taps.length;
  for (let pixel = 0, at = 0; pixel < starts.length; pixel++) {
    const start = starts[pixel]!;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) sum += x[start + taps[tap]! + c]!;
      to[at++] = share * sum;
    }
  }
}

/** The gradient of `means`, added. */
function addToMeans(
  to: Float32Array,
  dy: Float32Array,
  { starts, taps, channels }: Windows,
): void {
  const share = 1 / taps.length;
  for (let pixel = 0; pixel < starts.length; pixel++) {
    const at = pixel * channels;
    for (let tap = 0; tap < taps.length; tap++) {
      const start = starts[pixel]! + taps[tap]!;
      for (let c = 0; c < channels; c++) to[start + c]! += share * dy[at + c]!;
    }
  }
}

/** Run a pooling without padding. */
export function pool(features: Features, x: Feature, options: PoolingOptions): Pooling {
  const { size, strides } = options;
  const [batch, height, width, channels] = x.shape;
  const shape: FeatureShape = [
    batch,
    Math.floor((height - size[0]) / strides[0]) + 1,
    Math.floor((width - size[1]) / strides[1]) + 1,
    channels,
  ];
  const windows = windowsOf(x, { size, strides, output: shape });
  const isMax = options.pool === "max", view = (y: Feature) => features.view(y);
  const forward = isMax ? maxima : means;
  return {
    output: features.make(shape, (y) => forward(view(y), view(x), windows)),
    gradient: (dy) =>
      features.make(x.shape, (dx) => {
        const to = view(dx).fill(0);
        if (isMax) addToMaxima(to, { x: view(x), dy: view(dy) }, windows);
        else addToMeans(to, view(dy), windows);
      }),
    [Symbol.dispose]() {},
  };
}
