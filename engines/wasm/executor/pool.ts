/**
 * Pools of the executor, as loops on the host over views of the heap: they are little work.
 *
 * @module
 */
import type { Feature, FeatureShape, Pooling, PoolingOptions } from "@espalier/supernet/engine";
import type { Features } from "./features.ts";

/** Windows of all images, without what padding adds; distances are in entries. */
interface Windows {
  /** Where each window begins in the input, in the order of the output's pixels. */
  readonly starts: Int32Array;
  /** Rows and columns of each window of an image. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** Distance between rows, which columns divide into pixels. */
  readonly row: number;
  readonly channels: number;
}

/** Where each window of one axis begins, and its length. */
function spansOf(
  size: number,
  { count, window, stride, before }: {
    readonly count: number;
    readonly window: number;
    readonly stride: number;
    readonly before: number;
  },
): readonly { readonly start: number; readonly length: number }[] {
  return Array.from({ length: count }, (_, at) => {
    const first = at * stride - before, start = Math.max(0, first);
    return { start, length: Math.min(size, first + window) - start };
  });
}

function windowsOf(
  { shape: [, height, width, channels] }: Feature,
  { output: [batch, high, wide], size, strides, padding: [top, , left] }:
    & Omit<PoolingOptions, "pool">
    & { readonly output: FeatureShape },
): Windows {
  const down = spansOf(height, { count: high, window: size[0], stride: strides[0], before: top });
  const across = spansOf(width, { count: wide, window: size[1], stride: strides[1], before: left });
  const all = (of: (i: number, j: number) => number): Int32Array =>
    Int32Array.from({ length: high * wide }, (_, at) => of(Math.floor(at / wide), at % wide));
  const first = all((i, j) => (down[i]!.start * width + across[j]!.start) * channels);
  const image = height * width * channels, pixels = first.length;
  return {
    starts: Int32Array.from(
      { length: batch * pixels },
      (_, at) => Math.floor(at / pixels) * image + first[at % pixels]!,
    ),
    rows: all((i) => down[i]!.length),
    columns: all((_, j) => across[j]!.length),
    ...{ row: width * channels, channels },
  };
}

/** Visit the pixels of all windows: the window, its first entry, and the number of its pixels. */
function eachPixel(
  { starts, rows, columns, row, channels }: Windows,
  visit: (to: number, from: number, count: number) => void,
): void {
  for (let pixel = 0; pixel < starts.length; pixel++) {
    const own = pixel % rows.length, high = rows[own]!, wide = columns[own]!;
    for (let i = 0; i < high; i++) {
      const start = starts[pixel]! + i * row;
      for (let j = 0; j < wide; j++) {
        visit(pixel * channels, start + j * channels, high * wide);
      }
    }
  }
}

/** The maxima of windows. */
function maxima(to: Float32Array, x: Float32Array, windows: Windows): void {
  to.fill(-Infinity);
  eachPixel(windows, (at, from) => {
    for (let c = 0; c < windows.channels; c++) to[at + c] = Math.max(to[at + c]!, x[from + c]!);
  });
}

/** The gradient of `maxima`, added; ties go to the first. */
function addToMaxima(
  to: Float32Array,
  { x, dy }: { readonly x: Float32Array; readonly dy: Float32Array },
  windows: Windows,
): void {
  const best = new Int32Array(dy.length).fill(-1);
  eachPixel(windows, (at, from) => {
    for (let c = 0; c < windows.channels; c++) {
      const known = best[at + c]!;
      if (known < 0 || x[from + c]! > x[known]!) best[at + c] = from + c;
    }
  });
  best.forEach((from, at) => to[from]! += dy[at]!);
}

/** The means of windows. */
function means(to: Float32Array, x: Float32Array, windows: Windows): void {
  to.fill(0);
  eachPixel(windows, (at, from, count) => {
    for (let c = 0; c < windows.channels; c++) to[at + c]! += x[from + c]! / count;
  });
}

/** The gradient of `means`, added. */
function addToMeans(to: Float32Array, dy: Float32Array, windows: Windows): void {
  eachPixel(windows, (at, from, count) => {
    for (let c = 0; c < windows.channels; c++) to[from + c]! += dy[at + c]! / count;
  });
}

/** Run a pooling. */
export function pool(features: Features, x: Feature, options: PoolingOptions): Pooling {
  const { size, strides, padding } = options, [top, bottom, left, right] = padding;
  const [batch, height, width, channels] = x.shape;
  const shape: FeatureShape = [
    batch,
    Math.floor((height + top + bottom - size[0]) / strides[0]) + 1,
    Math.floor((width + left + right - size[1]) / strides[1]) + 1,
    channels,
  ];
  const windows = windowsOf(x, { size, strides, padding, output: shape });
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
