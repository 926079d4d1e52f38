/**
 * Float sums in registers, added to double sums in memory.
 *
 * Rounding errors of a float sum grow with its length, so a block of a few hundred rows is summed in
 * floats and the blocks in doubles.
 *
 * @module
 */
import type { Assembler, Integer, Vector } from "./assemble.ts";
import { type Column, LANES } from "./columns.ts";

/** Bytes of a vector's sums. */
export const SUMS: number = LANES * 8;

/** Add the floats of a vector to doubles in memory, by two spare registers. */
export function addToSums(
  a: Assembler,
  { sum, column, base, offset, spare: [low, high] }: {
    readonly sum: Vector;
    readonly column: Column;
    readonly base: Integer;
    readonly offset: number;
    readonly spare: readonly [Vector, Vector];
  },
): void {
  const half = (from: Vector, to: Vector, at: number): void => {
    a.toDoubles(to, from);
    a.addDoubles(to, { base, offset: at });
    a.storeDoubles({ base, offset: at }, to);
  };
  half(sum, low, offset);
  if (column.bytes === 32) return;
  a.upperHalf(high, sum);
  half(high, high, offset + SUMS / 2);
}
