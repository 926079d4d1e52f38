/**
 * Sums of outer products, in the blocks that the routine `outer` keeps in registers.
 *
 * @module
 */
import type { Heap } from "./heap.ts";
import { type Panel, panelsOf } from "./panels.ts";
import { ROWS } from "./block.ts";

/** The sums of one panel and one row of the kernel, in blocks as the routine keeps them. */
export interface Sums extends Panel {
  /** Row of the kernel. */
  readonly tap: number;
  /** Blocks of rows. */
  readonly blocks: number;
  /** Index of the first float. */
  readonly at: number;
}

/** Lay out the sums of taps × length × channels. */
export function sumsOf(
  { taps, length, channels }: { taps: number; length: number; channels: number },
): { sums: Sums[]; floats: number } {
  const sums: Sums[] = [];
  let at = 0;
  for (const panel of panelsOf(channels)) {
    const blocks = Math.ceil(length / ROWS[panel.vectors]);
    for (let tap = 0; tap < taps; tap++) {
      sums.push({ ...panel, tap, blocks, at });
      at += blocks * ROWS[panel.vectors] * 4 * panel.vectors;
    }
  }
  return { sums, floats: at };
}

/** Write sums as [taps, length, channels]. */
export function unpackSums(
  to: Float32Array,
  from: Float32Array,
  { sums, length, channels }: { sums: readonly Sums[]; length: number; channels: number },
): void {
  for (const { first, vectors, channels: own, tap, at } of sums) {
    for (let row = 0; row < length; row++) {
      const target = (tap * length + row) * channels + first;
      const source = at + row * 4 * vectors;
      for (let channel = 0; channel < own; channel++) {
        to[target + channel] = from[source + channel]!;
      }
    }
  }
}

/** Add xᵀd of `rows` rows to sums with one tap. Both are read up to eight floats past their end. */
export function addProducts(
  heap: Heap,
  sums: readonly Sums[],
  { x, d, at, rows, widths }: {
    readonly x: number;
    readonly d: number;
    /** Address of the sums. */
    readonly at: number;
    readonly rows: number;
    /** Floats in a row of x and of d. */
    readonly widths: readonly [number, number];
  },
): void {
  for (const { first, vectors, blocks, at: offset } of sums) {
    heap.call[`outer${vectors}`]!(
      ...[blocks, 1, 1, rows, x, d + 4 * first, at + 4 * offset],
      ...[4 * widths[0], 0, 0, 4 * widths[1]],
    );
  }
}
