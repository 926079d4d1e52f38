/**
 * Visits of [N, C] data in chunks that fit the processor's cache.
 *
 * @module
 */
import type { Period } from "./period.ts";
import type { Heap } from "./heap.ts";

const FLOAT = 4;
/** Bytes of one operand's chunk that is read again and again. */
const CHUNK = 16384;
/**
 * Fewest rows of the last visit, since the visits before it may read eight floats past their rows.
 */
const LAST = 8;

/** Rows of channels, one behind the other. */
export interface Rows {
  /** Address. */
  readonly pointer: number;
  /** Floats in a row. */
  readonly channels: number;
}

/** Data of N rows. */
export interface RowData extends Rows {
  /** Whether the visit writes it. */
  readonly written?: boolean;
  /** Row that fills up the last period; zeros if absent. */
  readonly filler?: Float32Array;
}

/** A run of rows. */
export interface Chunk {
  /** Rows, a multiple of the cut's step. */
  readonly rows: number;
  /** Addresses of the operands' rows; eight floats behind them may be read. */
  readonly pointers: readonly number[];
}

const copyBytes = (rows: number, channels: number): number =>
  Math.ceil((rows + 12 + LAST) * channels / 4) * 4 * FLOAT + 64;

const sum = (values: readonly number[]): number => values.reduce((total, next) => total + next, 0);

/** How arrays of [N, C] data are cut. */
export interface Cut {
  /** Visits have a multiple of so many rows. */
  readonly step: number;
  /** Rows in a chunk. */
  readonly rows: number;
  /** Bytes of room that a visit needs. */
  readonly room: number;
  /** Bytes of room for a chunk of so many floats a row. */
  readonly copyBytes: (channels: number) => number;
}

/**
 * Cut rows of `widths` floats into chunks of a multiple of `step` rows, which divides 12, and of so many
 * bytes.
 */
export function cutOf(step: number, widths: readonly number[], chunk: number = CHUNK): Cut {
  const widest = Math.max(...widths);
  const rows = Math.max(12, 12 * Math.floor(chunk / (12 * FLOAT * widest)));
  const bytes = (width: number): number => copyBytes(rows, width);
  return { step, rows, room: sum(widths.map(bytes)), copyBytes: bytes };
}

/**
 * Visit N rows of several arrays at once. The last rows are visited in copies, filled up to whole
 * periods, so that no visit reaches past an array.
 *
 * @param heap Where the data are.
 * @param data The arrays.
 * @param options Number of rows, cut, room of `cut.room` bytes and what to do.
 */
export function visitRows(
  heap: Heap,
  data: readonly RowData[],
  { count, cut, room, visit }: {
    readonly count: number;
    readonly cut: Cut;
    readonly room: number;
    readonly visit: (chunk: Chunk) => void;
  },
): void {
  const last = Math.max(0, Math.floor((count - LAST) / cut.rows)) * cut.rows;
  for (let row = 0; row < last; row += cut.rows) {
    const pointers = data.map(({ pointer, channels }) => pointer + row * channels * FLOAT);
    visit({ rows: cut.rows, pointers });
  }
  visitLast(heap, data, { first: last, count: count - last, cut, room, visit });
}

function visitLast(
  heap: Heap,
  data: readonly RowData[],
  { first, count, cut, room, visit }: {
    readonly first: number;
    readonly count: number;
    readonly cut: Cut;
    readonly room: number;
    readonly visit: (chunk: Chunk) => void;
  },
): void {
  const rows = Math.ceil(count / cut.step) * cut.step;
  let free = room;
  const copies = data.map(({ pointer, channels, filler }) => {
    const at = free;
    free += cut.copyBytes(channels);
    const copy = heap.floats(at, rows * channels).fill(0);
    copy.set(heap.floats(pointer + first * channels * FLOAT, count * channels));
    for (let row = count; filler && row < rows; row++) copy.set(filler, row * channels);
    return at;
  });
  visit({ rows, pointers: copies });
  data.forEach(({ pointer, channels, written }, index) => {
    if (!written) return;
    heap.floats(pointer + first * channels * FLOAT, count * channels)
      .set(heap.floats(copies[index]!, count * channels));
  });
}

/**
 * A column routine for all vectors of a period: the wide form, then the narrow one.
 *
 * @param heap Where the data are.
 * @param name Name of the routine, with `#` for its width.
 * @param options The period of the rows, and the addresses that do not move with the vectors.
 * @returns Takes the number of rows, and the addresses in the order of the routine.
 */
export function columnRoutine(
  heap: Heap,
  name: string,
  { period, fixed = [] }: { readonly period: Period; readonly fixed?: readonly number[] },
): (rows: number, pointers: readonly number[]) => void {
  const pitch = 16 * period.vectors;
  const wide = Math.floor(period.vectors / 4), narrow = period.vectors % 4;
  const [ofWide, ofNarrow] = [4, 1].map((width) => heap.call[name.replace("#", `${width}`)]!);
  return (rows, pointers) => {
    const periods = rows / period.rows;
    ofWide!(wide, periods, pitch, ...pointers);
    if (narrow === 0) return;
    const moved = pointers.map((pointer, at) => fixed.includes(at) ? pointer : pointer + 64 * wide);
    ofNarrow!(narrow, periods, pitch, ...moved);
  };
}

/** Copy the first channels of rows, or pad rows with zeros. */
export function resizeRows(
  heap: Heap,
  { rows, from, to, widths }: {
    readonly rows: number;
    readonly from: number;
    readonly to: number;
    /** Floats of a row before and after. */
    readonly widths: readonly [number, number];
  },
): void {
  const kept = Math.min(...widths);
  heap.call["resize"]!(
    ...[rows, to, from, widths[1] * FLOAT, widths[0] * FLOAT],
    ...[Math.ceil(kept / 4), kept * FLOAT, Math.ceil((widths[1] - kept) / 4)],
  );
}

/** Rows as they are, or their first channels, or padded with zeros, in `room` then. */
export function fitRows(
  heap: Heap,
  { from, own, channels, rows, room }: {
    readonly from: number;
    /** Floats of a row, and how many it shall have. */
    readonly own: number;
    readonly channels: number;
    readonly rows: number;
    readonly room: number;
  },
): number {
  if (own === channels) return from;
  resizeRows(heap, { rows, from, to: room, widths: [own, channels] });
  return room;
}
