/**
 * The inner loop of many plain products of one shape.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { accumulateDepth, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/**
 * `out = x·w` in `planes` planes, for `panels` panels of channels in each. Groups of rows are read and
 * written whole, and so are vectors of channels.
 */
function productRoutine(vectors: Vectors): Routine {
  return wasm.routine({
    name: `product${vectors}`,
    parameters: [
      ...["planes", "panels", "groups", "length", "x", "panel", "out"] as const,
      ...["xPlane", "panelPlane", "outPlane", "xRow", "outRow", "panelStep"] as const,
    ],
    body(p, { i32, v128 }) {
      const rows = many(ROWS[vectors], i32);
      const [group, x, weight, step, to, panel, own, out] = many(8, i32) as [
        ...[Local, Local, Local, Local, Local, Local, Local, Local],
      ];
      const block = blockOf(vectors, v128);
      const next = (row: number): Code =>
        row === 0 ? get(x) : wasm.add(get(rows[row - 1]!), get(p.xRow));
      const store = (sums: readonly Local[]): Code =>
        sequence(
          sums.map((sum, at) => wasm.storeVector(get(to), get(sum), 16 * at)),
          advance(to, get(p.outRow)),
        );
      const oneGroup = sequence(
        rows.map((row, index) => set(row, next(index))),
        set(x, wasm.add(get(rows.at(-1)!), get(p.xRow))),
        block.sums.flat().map((sum) => set(sum, wasm.zeros)),
        set(weight, get(own)),
        accumulateDepth(block, { rows, panel: weight, length: p.length, step }),
        block.sums.map(store),
      );
      const onePanel = sequence(
        [set(x, get(p.x)), set(to, get(out)), set(group, get(p.groups))],
        times(group, oneGroup),
        [advance(own, get(p.panelStep)), advance(out, constant(16 * vectors))],
      );
      return times(
        p.planes,
        sequence(
          [set(own, get(p.panel)), set(out, get(p.out)), set(panel, get(p.panels))],
          times(panel, onePanel),
          advance(p.x, get(p.xPlane)),
          advance(p.panel, get(p.panelPlane)),
          advance(p.out, get(p.outPlane)),
        ),
      );
    },
  });
}

/** The loop for each width of panel. */
export const productRoutines: readonly Routine[] = VECTORS.map(productRoutine);
