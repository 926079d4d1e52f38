/**
 * The inner loop of a product of rows with a matrix.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Routine } from "./assemble.ts";
import { accumulateDepth, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";
import { finishRow } from "./finish.ts";

const { get, set, advance, sequence, times } = wasm;

/**
 * `out = max(floor, bias + x·w [+ scale ∘ residual])` for `groups` blocks of rows and one panel of
 * channels, of which the first `channels` are written. Steps between rows are in bytes.
 */
function rowProductRoutine(vectors: Vectors, withResidual: boolean): Routine {
  return wasm.routine({
    name: `rows${vectors}${withResidual ? "r" : ""}`,
    parameters: [
      ...["groups", "length", "x", "xRow", "panel", "out", "outRow"] as const,
      ...["channels", "bias", "floor", "residual", "residualRow", "scale"] as const,
    ],
    body(p, { i32, v128 }) {
      const rows = many(ROWS[vectors], i32);
      const [weight, step] = [i32(), i32()];
      const block = blockOf(vectors, v128);
      const [floor, value] = [v128(), v128()];
      const next = (row: number): Code =>
        row === 0 ? get(p.x) : wasm.add(get(rows[row - 1]!), get(p.xRow));
      const residual = { from: p.residual, scale: p.scale, value };
      return times(
        p.groups,
        sequence(
          rows.map((row, index) => set(row, next(index))),
          set(p.x, wasm.add(get(rows.at(-1)!), get(p.xRow))),
          block.sums.flatMap((sums) =>
            sums.map((sum, at) => set(sum, wasm.loadVector(get(p.bias), 16 * at)))
          ),
          set(weight, get(p.panel)),
          accumulateDepth(block, { rows, panel: weight, length: p.length, step }),
          set(floor, wasm.loadSplat(get(p.floor))),
          block.sums.map((sums) =>
            sequence(
              finishRow(sums, {
                ...{ target: p.out, channels: p.channels, floor },
                ...(withResidual && { residual }),
              }),
              advance(p.out, get(p.outRow)),
              withResidual ? advance(p.residual, get(p.residualRow)) : [],
            )
          ),
        ),
      );
    },
  });
}

/** The loop for each width of panel, without and with a residual. */
export const rowProductRoutines: readonly Routine[] = [false, true].flatMap((withResidual) =>
  VECTORS.map((vectors) => rowProductRoutine(vectors, withResidual))
);
