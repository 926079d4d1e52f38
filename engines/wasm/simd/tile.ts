/**
 * The inner loop of a correlation.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { accumulateDepth, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";
import { finishRow } from "./finish.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/**
 * `out = max(floor, bias + Σ x·w)` for a list of pixels and `panels` panels of channels. A
 * pixel's x is `segments` runs of `length` floats, `gap` bytes apart.
 *
 * `table` holds a pair of byte offsets, into x and out, for each pixel; `groups` counts its blocks
 * of rows. `panel` holds the panel's channels for each float of x. Only the first `channels` of the
 * panel are written.
 */
function tileRoutine(vectors: Vectors): Routine {
  return wasm.routine({
    name: `tile${vectors}`,
    parameters: [
      ...["panels", "table", "groups", "segments", "length", "gap", "panel", "panelStep"] as const,
      ...["x", "out", "channels", "bias", "floor"] as const,
    ],
    body(p, { i32, v128 }) {
      const pixels = many(ROWS[vectors], i32);
      const [weight, segment, step, target, table, group] = many(6, i32) as [
        ...[Local, Local, Local, Local, Local, Local],
      ];
      const block = blockOf(vectors, v128);
      const floor = v128();

      const run = sequence(
        accumulateDepth(block, { rows: pixels, panel: weight, length: p.length, step }),
        pixels.map((pixel) => advance(pixel, get(p.gap))),
      );
      const offset = (row: number, which: 0 | 1): Code =>
        wasm.load(get(table), 8 * row + 4 * which);

      const oneGroup = sequence(
        pixels.map((pixel, row) => set(pixel, wasm.add(get(p.x), offset(row, 0)))),
        block.sums.flatMap((sums) =>
          sums.map((sum, at) => set(sum, wasm.loadVector(get(p.bias), 16 * at)))
        ),
        [set(weight, get(p.panel)), set(segment, get(p.segments)), times(segment, run)],
        block.sums.map((sums, row) =>
          sequence(
            set(target, wasm.add(get(p.out), offset(row, 1))),
            finishRow(sums, { target, channels: p.channels, floor }),
          )
        ),
        advance(table, constant(8 * ROWS[vectors])),
      );
      return sequence(
        set(floor, wasm.loadSplat(get(p.floor))),
        times(
          p.panels,
          sequence(
            [set(table, get(p.table)), set(group, get(p.groups)), times(group, oneGroup)],
            [p.out, p.bias].map((local) => advance(local, constant(16 * vectors))),
            [advance(p.panel, get(p.panelStep)), advance(p.channels, constant(-4 * vectors))],
          ),
        ),
      );
    },
  });
}

/** The loop for each width of panel. */
export const tileRoutines: readonly Routine[] = VECTORS.map(tileRoutine);
