/**
 * Code for M·x·Mᵀ with vectors for entries, of a matrix M that is known when the code is made.
 *
 * @module
 */
import type { Matrix } from "../../winograd.ts";
import * as wasm from "./assemble.ts";
import type { Code, Local } from "./assemble.ts";
import { many } from "./block.ts";

const { get, set, sequence } = wasm;

/** A vector times a number. */
interface Term {
  readonly x: Local;
  readonly factor: number;
}

/** Two rows (or columns) that differ in signs only. */
interface Pair {
  readonly first: number;
  readonly second: number;
}

/** A sum of terms. It starts with one whose factor is 1, if there is any. */
function sumOf(terms: readonly Term[]): Code {
  const [first, ...rest] = terms.filter(({ factor }) => factor !== 0)
    .toSorted((a, b) => Number(b.factor === 1) - Number(a.factor === 1));
  if (first === undefined) return wasm.zeros;
  const start = first.factor === 1
    ? get(first.x)
    : wasm.multiplyVector(get(first.x), wasm.floats(first.factor));
  return rest.reduce((sum, { x, factor }) => {
    if (factor === 1) return wasm.addVector(sum, get(x));
    if (factor === -1) return wasm.subtractVector(sum, get(x));
    return wasm.multiplyAdd(get(x), wasm.floats(factor), sum);
  }, start);
}

/** Pairs of rows that differ in the signs of some, not all, of their entries. */
function pairsOf(matrix: Matrix): readonly Pair[] {
  const found: Pair[] = [];
  const taken = new Set<number>();
  matrix.forEach((row, first) => {
    const second = matrix.findIndex((other, at) =>
      at > first && !taken.has(at) && row.every((v, i) => Math.abs(v) === Math.abs(other[i]!)) &&
      row.some((v, i) => v !== other[i]) && row.some((v, i) => v !== -other[i]!)
    );
    if (second < 0 || taken.has(first)) return;
    taken.add(first).add(second);
    found.push({ first, second });
  });
  return found;
}

const columnsOf = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/** Lengths and locals of one product. */
interface Product {
  readonly inputs: readonly Local[];
  readonly outputs: readonly Local[];
  readonly v128: () => Local;
}

/** Columns that differ in signs only are added and subtracted once, for all rows. */
function productByColumns(matrix: Matrix, pairs: readonly Pair[], product: Product): Code {
  const { inputs, outputs, v128 } = product;
  const both = pairs.map(({ first, second }) => ({
    first,
    second,
    sum: v128(),
    difference: v128(),
  }));
  const paired = new Set(pairs.flatMap(({ first, second }) => [first, second]));
  return sequence(
    both.map(({ first, second, sum, difference }) => {
      const [a, b] = [get(inputs[first]!), get(inputs[second]!)];
      return sequence(
        set(sum, wasm.addVector(a, b)),
        set(difference, wasm.subtractVector(a, b)),
      );
    }),
    matrix.map((row, at) => {
      const single = row.flatMap((factor, column) =>
        paired.has(column) ? [] : [{ x: inputs[column]!, factor }]
      );
      const double = both.map(({ first, second, sum, difference }) => ({
        x: row[first] === row[second] ? sum : difference,
        factor: row[first]!,
      }));
      return set(outputs[at]!, sumOf([...single, ...double]));
    }),
  );
}

/** Rows that differ in signs only are the sum and the difference of two parts. */
function productByRows(matrix: Matrix, pairs: readonly Pair[], product: Product): Code {
  const { inputs, outputs, v128 } = product;
  const terms = (row: readonly number[]): Term[] =>
    row.map((factor, column) => ({ x: inputs[column]!, factor }));
  const paired = new Set(pairs.flatMap(({ first, second }) => [first, second]));
  return sequence(
    pairs.map(({ first, second }) => {
      const row = matrix[first]!, other = matrix[second]!;
      const [same, opposite] = [v128(), v128()];
      const [even, odd] = [true, false].map((isSame) =>
        sumOf(terms(row).filter((_, i) => (row[i] === other[i]) === isSame))
      ) as [Code, Code];
      return sequence(
        [set(same, even), set(opposite, odd)],
        set(outputs[first]!, wasm.addVector(get(same), get(opposite))),
        set(outputs[second]!, wasm.subtractVector(get(same), get(opposite))),
      );
    }),
    matrix.map((row, at) => paired.has(at) ? [] : set(outputs[at]!, sumOf(terms(row)))),
  );
}

/** M·x. */
function productOf(matrix: Matrix, product: Product): Code {
  const columns = pairsOf(columnsOf(matrix));
  return columns.length > 0
    ? productByColumns(matrix, columns, product)
    : productByRows(matrix, pairsOf(matrix), product);
}

/** M·x·Mᵀ from a square of pixels into a row of numbers. */
export function spread(
  matrix: Matrix,
  { v128, read, nextColumn, write }: {
    readonly v128: () => Local;
    /** Set one local a row of the current column. */
    readonly read: (column: readonly Local[]) => Code;
    readonly nextColumn: Code;
    /** Write the next entry, row by row. */
    readonly write: (value: Local) => Code;
  },
): Code {
  const side = matrix[0]!.length, inputs = many(side, v128);
  const between = many(side, () => many(matrix.length, v128));
  const outputs = many(matrix.length, v128);
  return sequence(
    between.map((column, at) =>
      sequence(
        at === 0 ? [] : nextColumn,
        read(inputs),
        productOf(matrix, { inputs, outputs: column, v128 }),
      )
    ),
    matrix.map((_, row) =>
      sequence(
        productOf(matrix, { inputs: between.map((column) => column[row]!), outputs, v128 }),
        outputs.map(write),
      )
    ),
  );
}

/** M·x·Mᵀ from a row of numbers into a square of pixels. */
export function gather(
  matrix: Matrix,
  { v128, read, nextColumn, write }: {
    readonly v128: () => Local;
    /** Set a local to the next entry, row by row. */
    readonly read: (value: Local) => Code;
    readonly nextColumn: Code;
    /** Write one local a row of the current column. */
    readonly write: (column: readonly Local[]) => Code;
  },
): Code {
  const side = matrix[0]!.length, inputs = many(side, v128);
  const between = many(side, () => many(matrix.length, v128));
  const outputs = many(matrix.length, v128);
  return sequence(
    between.map((row) =>
      sequence(inputs.map(read), productOf(matrix, { inputs, outputs: row, v128 }))
    ),
    matrix.map((_, column) =>
      sequence(
        column === 0 ? [] : nextColumn,
        productOf(matrix, { inputs: between.map((row) => row[column]!), outputs, v128 }),
        write(outputs),
      )
    ),
  );
}
