/**
 * The inner loop of a product of rows with a matrix.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { accumulateDepth, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";
import { finishRow } from "./finish.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/**
 * `out = max(floor, bias + x·w [+ scale ∘ residual])` for `groups` blocks of rows and `panels` panels
 * of channels, of which the first `channels` are written. Steps between rows and panels are in bytes.
 */
function rowProductRoutine(vectors: Vectors, withResidual: boolean): Routine {
  return wasm.routine({
    name: `rows${vectors}${withResidual ? "r" : ""}`,
    parameters: [
      ...[
        "panels",
        "groups",
        "length",
        "x",
        "xRow",
        "panel",
        "panelStep",
        "out",
        "outRow",
      ] as const,
      ...["channels", "bias", "floor", "residual", "residualRow", "scale"] as const,
    ],
    body(p, { i32, v128 }) {
      const rows = many(ROWS[vectors], i32);
      const [weight, step, group, x, to, beside] = many(6, i32) as [
        ...[Local, Local, Local, Local, Local, Local],
      ];
      const block = blockOf(vectors, v128);
      const [floor, value] = [v128(), v128()];
      const next = (row: number): Code =>
        row === 0 ? get(x) : wasm.add(get(rows[row - 1]!), get(p.xRow));
      const residual = { from: beside, scale: p.scale, value };
      const oneGroup = sequence(
        rows.map((row, index) => set(row, next(index))),
        set(x, wasm.add(get(rows.at(-1)!), get(p.xRow))),
        block.sums.flatMap((sums) =>
          sums.map((sum, at) => set(sum, wasm.loadVector(get(p.bias), 16 * at)))
        ),
        set(weight, get(p.panel)),
        accumulateDepth(block, { rows, panel: weight, length: p.length, step }),
        block.sums.map((sums) =>
          sequence(
            finishRow(sums, {
              ...{ target: to, channels: p.channels, floor },
              ...(withResidual && { residual }),
            }),
            advance(to, get(p.outRow)),
            withResidual ? advance(beside, get(p.residualRow)) : [],
          )
        ),
      );
      return sequence(
        set(floor, wasm.loadSplat(get(p.floor))),
        times(
          p.panels,
          sequence(
            [set(x, get(p.x)), set(to, get(p.out)), set(beside, get(p.residual))],
            [set(group, get(p.groups)), times(group, oneGroup), advance(p.panel, get(p.panelStep))],
            [p.out, p.bias, p.residual, p.scale].map((local) =>
              advance(local, constant(16 * vectors))
            ),
            advance(p.channels, constant(-4 * vectors)),
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
