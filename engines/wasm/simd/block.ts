/**
 * The block of sums that every heavy loop keeps in registers: 6 × 8 (or 3 × 12) floats. That is as
 * many as fit into 16 vector registers beside their operands, and enough to hide the latency of a
 * multiply-add.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local } from "./assemble.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Vectors of four channels in a block of sums. */
export type Vectors = 1 | 2 | 3;

/** All widths of a block. */
export const VECTORS: readonly Vectors[] = [1, 2, 3];

/** Rows of a block of sums, by its number of vectors. */
export const ROWS: Readonly<Record<Vectors, number>> = { 1: 6, 2: 6, 3: 3 };

/** A multiple of the rows of every block. */
export const ROWS_MULTIPLE = 6;

const UNROLLED = 8;

/** Locals of a block. */
export interface Block {
  /** By row, then by vector. */
  readonly sums: readonly (readonly Local[])[];
  /** One row of the matrix. */
  readonly weights: readonly Local[];
  /** One float of x. */
  readonly splat: Local;
}

/** A list of `count` things. */
export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** New locals for a block. */
export function blockOf(vectors: Vectors, v128: () => Local): Block {
  return {
    sums: many(ROWS[vectors], () => many(vectors, v128)),
    weights: many(vectors, v128),
    splat: v128(),
  };
}

/** `sums[row] += x(row) ⊗ weights`. */
export function accumulate({ sums, weights, splat }: Block, x: (row: number) => Code): Code {
  const product = (sum: Local, at: number): Code =>
    set(sum, wasm.multiplyAdd(get(splat), get(weights[at]!), get(sum)));
  return sequence(sums.map((row, index) => sequence(set(splat, x(index)), row.map(product))));
}

/**
 * `sums[row] += Σ x(row)·w` over `length` floats of each row and rows of the panel.
 *
 * @param block The sums.
 * @param options A pointer for each row and one into the panel, all of which end up behind what was
 * read; the length; a local to count with.
 */
export function accumulateDepth(
  block: Block,
  { rows, panel, length, step }: {
    readonly rows: readonly Local[];
    readonly panel: Local;
    readonly length: Local;
    readonly step: Local;
  },
): Code {
  const vectors = block.weights.length;
  const depth = (unrolled: number): Code =>
    sequence(
      many(unrolled, (k) =>
        sequence(
          block.weights.map((local, at) =>
            set(local, wasm.loadVector(get(panel), 16 * (k * vectors + at)))
          ),
          accumulate(block, (row) => wasm.loadSplat(get(rows[row]!), 4 * k)),
        )),
      rows.map((row) => advance(row, constant(4 * unrolled))),
      advance(panel, constant(16 * vectors * unrolled)),
    );
  return sequence(
    set(step, wasm.shiftRight(get(length), constant(Math.log2(UNROLLED)))),
    times(step, depth(UNROLLED)),
    set(step, wasm.and(get(length), constant(UNROLLED - 1))),
    times(step, depth(1)),
  );
}
