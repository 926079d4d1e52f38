/**
 * Mean and variance of each channel.
 *
 * @module
 */
import { foldPattern, periodOf, writePattern } from "./period.ts";
import type { Heap } from "./heap.ts";
import { columnRoutine, cutOf, type Rows, visitRows } from "./rows.ts";

const FLOAT = 4;

/** Bytes of a chunk, whose sums are in single precision. */
const CHUNK = 32768;

/** Rows whose mean is subtracted from all. */
const SAMPLE = 64;

/** Mean of the first rows, close enough to the mean of all to avoid cancellation. */
function sampleMean(rows: Float32Array, channels: number): Float32Array {
  const total = new Float64Array(channels);
  foldPattern(total, rows);
  return Float32Array.from(total, (value) => value * channels / rows.length);
}

/**
 * Mean and biased variance of each channel [C]: one pass over x − s, with s the mean of the first
 * rows; chunks are summed in double precision.
 */
export function momentsOf(
  heap: Heap,
  { pointer, channels, count }: Rows & { readonly count: number },
): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const period = periodOf(channels), cut = cutOf(period.rows, [channels], CHUNK);
  const floats = 4 * period.vectors;
  const [shiftAt, sums, squares, room] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, floats * FLOAT, cut.room],
  ) as [number, number, number, number];
  const shift = sampleMean(heap.floats(pointer, Math.min(SAMPLE, count) * channels), channels);
  writePattern(heap.floats(shiftAt, floats), shift);
  const [first, second] = [new Float64Array(channels), new Float64Array(channels)];
  const add = columnRoutine(heap, "moments#", { period });
  visitRows(heap, [{ pointer, channels, filler: shift }], {
    ...{ count, cut, room },
    visit({ rows, pointers }) {
      const views = [heap.floats(sums, floats).fill(0), heap.floats(squares, floats).fill(0)];
      add(rows, [pointers[0]!, shiftAt, sums, squares]);
      foldPattern(first, views[0]!);
      foldPattern(second, views[1]!);
    },
  });
  const mean = first.map((value) => value / count);
  return {
    mean: mean.map((value, at) => value + shift[at]!),
    variance: second.map((value, at) => Math.max(0, value / count - mean[at]! ** 2)),
  };
}
