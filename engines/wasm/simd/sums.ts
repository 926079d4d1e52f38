/**
 * Sums of outer products, in the blocks that the routine `outer` keeps in registers.
 *
 * @module
 */
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
