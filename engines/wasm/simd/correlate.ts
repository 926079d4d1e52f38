/**
 * Correlation of NHWC images with a kernel: a forward convolution, or its input gradient (one
 * correlation for each phase of the stride).
 *
 * @module
 */
import type { Heap } from "./heap.ts";
import { paddedChannels, panelGroupsOf } from "./panels.ts";
import { ROWS, ROWS_MULTIPLE } from "./block.ts";

const FLOAT = 4;
/** Bytes that may be read behind a copy. */
const SLACK = 64;

/** The geometry of a correlation. Steps are in floats. */
export interface Correlation {
  /** Images, height, width and channels of the input. */
  readonly input: readonly [images: number, height: number, width: number, channels: number];
  /**
   * Rows and columns of zeros before the input; a negative number leaves out as many of the input.
   */
  readonly before: readonly [top: number, left: number];
  /** Height and width with the zeros, or without what is left out. */
  readonly padded: readonly [height: number, width: number];
  /** Distance between windows. */
  readonly strides: readonly [height: number, width: number];
  /** Size of a window. */
  readonly kernel: readonly [height: number, width: number];
  /** Rows and columns of output. */
  readonly output: readonly [rows: number, columns: number];
  /** Output channels. */
  readonly channels: number;
  /** Where output pixels go: the first, and the steps between images, rows and columns. */
  readonly target: {
    readonly origin: number;
    readonly image: number;
    readonly row: number;
    readonly column: number;
  };
  /** Whether the input must be copied, with some room behind it, even if nothing is padded. */
  readonly copies?: boolean;
  /** Rows of output come in multiples of this; 1 if absent. */
  readonly rowStep?: number;
  /** Pixels of output in a strip; 256 if absent, whose inputs stay in the first-level cache. */
  readonly strip?: number;
}

/** Rows of output of one or several images, whose padded input begins at `x`. */
export interface Strip {
  readonly image: number;
  readonly images: number;
  readonly row: number;
  readonly rows: number;
  /** Address of the first window. */
  readonly x: number;
}

/** How a correlation is divided into strips. */
export interface Blocking {
  /** Whether the input must be copied between zeros. */
  readonly copies: boolean;
  /** Whole images at a time. */
  readonly images: number;
  /** Rows of output at a time. */
  readonly rows: number;
  /** Bytes for the copy. */
  readonly bytes: number;
}

/** Choose strips. */
export function blockingOf(correlation: Correlation): Blocking {
  const { input, before, padded, output, rowStep: step = 1, strip = 256 } = correlation;
  const [count, height, width, channels] = input;
  const [rows, columns] = output;
  const images = Math.min(count, Math.max(1, Math.floor(strip / (rows * columns))));
  const copies = correlation.copies || before[0] !== 0 || before[1] !== 0 || padded[0] !== height ||
    padded[1] !== width;
  return {
    copies,
    images,
    rows: Math.min(rows, Math.max(1, Math.floor(strip / columns / step)) * step),
    bytes: copies ? images * padded[0] * padded[1] * channels * FLOAT + SLACK : 0,
  };
}

/** Copy images between the zeros that `to` holds. */
function copyImages(
  heap: Heap,
  { input, before, padded }: Correlation,
  { x, to, images }: { x: number; to: number; images: number },
): void {
  const [, height, width, channels] = input;
  const [top, left] = before;
  const pixel = channels * FLOAT;
  const [skipRows, skipColumns] = [Math.max(0, -top), Math.max(0, -left)];
  const rows = Math.min(height, padded[0] - top) - skipRows;
  const columns = Math.min(width, padded[1] - left) - skipColumns;
  if (rows <= 0 || columns <= 0) return;
  heap.call["copy"]!(
    ...[images, to + ((top + skipRows) * padded[1] + left + skipColumns) * pixel],
    ...[x + (skipRows * width + skipColumns) * pixel, rows, columns * pixel],
    ...[padded[1] * pixel, width * pixel, padded[0] * padded[1] * pixel, height * width * pixel],
  );
}

/**
 * Visit all strips in order.
 *
 * @param heap Where the images are.
 * @param correlation What is correlated.
 * @param options Address of the input, and room of `blockingOf(…).bytes` bytes for its copy.
 */
export function* stripsOf(
  heap: Heap,
  correlation: Correlation,
  { x, room }: { readonly x: number; readonly room: number },
): Generator<Strip> {
  const { input, padded, strides, output } = correlation;
  const blocking = blockingOf(correlation);
  const imageBytes = input[1] * input[2] * input[3] * FLOAT;
  heap.floats(room, blocking.bytes / FLOAT).fill(0);
  for (let image = 0; image < input[0]; image += blocking.images) {
    const images = Math.min(blocking.images, input[0] - image);
    const source = x + image * imageBytes;
    if (blocking.copies) copyImages(heap, correlation, { x: source, to: room, images });
    for (let row = 0; row < output[0]; row += blocking.rows) {
      yield {
        image,
        images,
        row,
        rows: Math.min(blocking.rows, output[0] - row),
        x: (blocking.copies ? room : source) +
          row * strides[0] * padded[1] * input[3] * FLOAT,
      };
    }
  }
}

/** Write the byte offsets of a strip's pixels into input and output; the last pixel is repeated. */
function writeTable(
  table: Int32Array,
  { input, padded, strides, output, target }: Correlation,
  { images, rows }: Pick<Strip, "images" | "rows">,
): void {
  const pixels = images * rows * output[1];
  for (let at = 0; 2 * at < table.length; at++) {
    const pixel = Math.min(at, pixels - 1);
    const column = pixel % output[1];
    const row = Math.floor(pixel / output[1]) % rows;
    const image = Math.floor(pixel / (output[1] * rows));
    const window = (image * padded[0] + row * strides[0]) * padded[1] + column * strides[1];
    table[2 * at] = FLOAT * input[3] * window;
    table[2 * at + 1] = FLOAT * (image * target.image + row * target.row + column * target.column);
  }
}

/** Addresses of the operands. */
export interface Operands {
  readonly x: number;
  readonly out: number;
  /** A bias, padded to whole vectors. */
  readonly bias: number;
  /** The kernel in panels. */
  readonly panels: number;
  /** A float that is the lower bound of the output. */
  readonly floor: number;
  /** Room of `blockingOf(…).bytes` bytes. */
  readonly room: number;
  /** Room of `tableBytes(…)` bytes. */
  readonly table: number;
}

const filledUp = (pixels: number): number => Math.ceil(pixels / ROWS_MULTIPLE) * ROWS_MULTIPLE;

/** Bytes of one table of pixels. */
function oneTable(correlation: Correlation): number {
  const { images, rows } = blockingOf(correlation);
  return 2 * FLOAT * filledUp(images * rows * correlation.output[1]);
}

/** Bytes of the tables of pixels. There are two, since the last strip may be shorter. */
export function tableBytes(correlation: Correlation): number {
  return 2 * oneTable(correlation);
}

/** The table of each strip, written at its first use. */
function tablesOf(
  heap: Heap,
  correlation: Correlation,
  room: number,
): (strip: Strip) => { table: number; pixels: number } {
  const known = new Map<number, number>();
  return (strip) => {
    const size = strip.images * strip.rows * correlation.output[1];
    const pixels = filledUp(size);
    let table = known.get(size);
    if (table === undefined) {
      table = room + known.size * oneTable(correlation);
      known.set(size, table);
      writeTable(heap.integers(table, 2 * pixels), correlation, strip);
    }
    return { table, pixels };
  };
}

/** `out = max(floor, bias + x ⋆ kernel)`. */
export function correlate(heap: Heap, correlation: Correlation, operands: Operands): void {
  const { input, padded, kernel, channels, target } = correlation;
  const panels = panelGroupsOf(channels);
  const depth = kernel[0] * kernel[1] * input[3];
  const tableFor = tablesOf(heap, correlation, operands.table);
  for (const strip of stripsOf(heap, correlation, operands)) {
    const { table, pixels } = tableFor(strip);
    const offset = target.origin + strip.image * target.image + strip.row * target.row;
    for (const { first, vectors, count, channels } of panels) {
      heap.call[`tile${vectors}`]!(
        ...[count, table, pixels / ROWS[vectors], kernel[0], kernel[1] * input[3]],
        ...[(padded[1] - kernel[1]) * input[3] * FLOAT, operands.panels + first * depth * FLOAT],
        ...[4 * vectors * depth * FLOAT, strip.x, operands.out + (offset + first) * FLOAT],
        ...[channels, operands.bias + first * FLOAT, operands.floor],
      );
    }
  }
}

/** Floats of a kernel in panels. */
export function panelFloats({ input, kernel, channels }: Correlation): number {
  return kernel[0] * kernel[1] * input[3] * paddedChannels(channels);
}
