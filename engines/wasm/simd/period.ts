/**
 * Constants and sums by column of [N, C] data, repeated over a *period* of rows (columns.ts).
 *
 * @module
 */

/** A period of rows. */
export interface Period {
  /** Its rows. */
  readonly rows: number;
  /** Its vectors of four floats. */
  readonly vectors: number;
}

/** The shortest run of rows that makes whole vectors. */
export function periodOf(channels: number): Period {
  const rows = channels % 4 === 0 ? 1 : channels % 2 === 0 ? 2 : 4;
  return { rows, vectors: rows * channels / 4 };
}

/** Repeat a constant for each column over a period. */
export function writePattern(to: Float32Array, from: Float32Array): void {
  for (let at = 0; at < to.length; at++) to[at] = from[at % from.length]!;
}

/** Add the lanes of a period to their columns. */
export function foldPattern(to: Float64Array, from: Float32Array): void {
  for (let at = 0; at < from.length; at++) to[at % to.length]! += from[at]!;
}
