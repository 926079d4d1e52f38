/**
 * The gradient of a map of channels.
 *
 * @module
 */
import { gradientName } from "./columns.ts";
import { foldPattern, periodOf } from "./period.ts";
import type { Heap } from "./heap.ts";
import { columnRoutine, cutOf, fitRows, type RowData, type Rows, visitRows } from "./rows.ts";
import { addProducts, type SumsLayout, sumsOf, unpackSums } from "./sums.ts";

const FLOAT = 4;

/** What the gradient of a map of channels is made of. */
export interface RowsGradientOptions {
  /** Number of rows. */
  readonly count: number;
  /** Gradients of the result, of whose channels the first D count. */
  readonly dys: readonly Rows[];
  /** D. */
  readonly channels: number;
  /** Address of the result of a relu. */
  readonly y?: number | undefined;
  /** The largest value behind that relu. */
  readonly max?: number | undefined;
  /** Whether the matrix is diagonal; D ≤ C then. */
  readonly diagonal: boolean;
  /** Where the gradient before the activation goes; absent where that is the only one of `dys`. */
  readonly d?: number | undefined;
}

/** Sums of the gradient before the activation, d. */
export interface RowsGradient {
  /** Σ d, [D]. */
  readonly bias: Float64Array;
  /** xᵀ·d, [C, D]; of a diagonal map Σ x∘d, [D]. */
  readonly matrix: Float64Array;
}

/** Sums in the making. */
interface Totals {
  readonly bias: Float64Array;
  readonly diagonal: Float64Array;
  readonly outer: SumsLayout;
}

/** d = Σ dys where y > 0, and its sums. */
export function affineRowsGradient(
  heap: Heap,
  x: Rows,
  { count, dys, channels, y, max = Infinity, diagonal, d }: RowsGradientOptions,
): RowsGradient {
  const data: RowData[] = [
    x,
    ...dys,
    ...(y === undefined ? [] : [{ pointer: y, channels }]),
    ...(d === undefined ? [] : [{ pointer: d, channels, written: true }]),
  ];
  const period = periodOf(channels), floats = 4 * period.vectors;
  const cut = cutOf(period.rows, data.map((rows) => rows.channels));
  const totals: Totals = {
    bias: new Float64Array(channels),
    diagonal: new Float64Array(channels),
    outer: sumsOf({ taps: diagonal ? 0 : 1, length: x.channels, channels }),
  };
  const [sums, products, blocks, most, room, ...fits] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, totals.outer.floats * FLOAT, FLOAT, cut.room],
    ...[x, ...dys].map(() => cut.copyBytes(channels)),
  ) as [number, number, number, number, number, ...number[]];
  heap.floats(blocks, totals.outer.floats).fill(0);
  heap.floats(most, 1)[0] = max;
  const [isMasked, hasSecond] = [y !== undefined, dys.length > 1];
  const adder = (second: boolean, masked: boolean, summed: boolean) =>
    columnRoutine(heap, gradientName("#", { second, masked, products: summed }), {
      ...{ period, fixed: [7] },
    });
  const add = adder(true, false, false), finish = adder(hasSecond, isMasked, diagonal);
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit({ rows, pointers }) {
      const [from] = pointers as [number], to = d === undefined ? pointers[1]! : pointers.at(-1)!;
      const mask = isMasked ? pointers[1 + dys.length]! : 0;
      const isCut = !hasSecond && !isMasked;
      const parts = dys.map((dy, i) =>
        fitRows(heap, {
          ...{ from: pointers[1 + i]!, own: dy.channels, channels, rows },
          room: isCut ? to : fits[1 + i]!,
        })
      );
      while (parts.length > 2) {
        const [first, second] = parts.splice(0, 2);
        add(rows, [first!, sums, second!, 0, to, 0, products, most]);
        parts.unshift(to);
      }
      const [first, second = 0] = parts as [number, number?];
      const own = diagonal
        ? fitRows(heap, { from, own: x.channels, channels, rows, room: fits[0]! })
        : 0;
      const views = [heap.floats(sums, floats).fill(0), heap.floats(products, floats).fill(0)];
      finish(rows, [first, sums, second, mask, to, own, products, most]);
      foldPattern(totals.bias, views[0]!);
      if (diagonal) foldPattern(totals.diagonal, views[1]!);
      addProducts(heap, totals.outer, {
        at: blocks,
        counts: [1, 1, rows],
        x: [from, 0, x.channels, 0, 0],
        d: [to, 0, channels],
      });
    },
  });
  if (diagonal) return { bias: totals.bias, matrix: totals.diagonal };
  const matrix = new Float64Array(x.channels * channels);
  unpackSums(matrix, heap.floats(blocks, totals.outer.floats), totals.outer);
  return { bias: totals.bias, matrix };
}
