/**
 * The inner loop of a correlation.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { accumulateDepth, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/**
 * `out = max(floor, bias + Σ x·w [+ scale ∘ residual])` for a list of pixels and one panel of
 * channels. A pixel's x is `segments` runs of `length` floats, `gap` bytes apart.
 *
 * `table` holds a pair of byte offsets, into x and out, for each pixel; `groups` counts its blocks
 * of rows. `panel` holds the panel's channels for each float of x. Only the first `channels` of the
 * panel are written (or read of the residual).
 */
function tileRoutine(vectors: Vectors, withResidual: boolean): Routine {
  return wasm.routine({
    name: `tile${vectors}${withResidual ? "r" : ""}`,
    parameters: [
      ...["table", "groups", "segments", "length", "gap", "panel", "x", "out"] as const,
      ...["channels", "bias", "floor", "residual", "scale"] as const,
    ],
    body(p, { i32, v128 }) {
      const pixels = many(ROWS[vectors], i32);
      const [weight, segment, step, target, beside] = [i32(), i32(), i32(), i32(), i32()];
      const block = blockOf(vectors, v128);
      const [floor, extra] = [v128(), v128()];

      const run = sequence(
        accumulateDepth(block, { rows: pixels, panel: weight, length: p.length, step }),
        pixels.map((pixel) => advance(pixel, get(p.gap))),
      );

      const offset = (row: number, which: 0 | 1): Code =>
        wasm.load(get(p.table), 8 * row + 4 * which);
      const has = (channel: number, then: Code, otherwise?: Code): Code =>
        wasm.branch(wasm.greater(get(p.channels), constant(channel)), then, otherwise);
      const lanes = (at: number, each: (lane: number, offset: number) => Code): Code =>
        sequence(many(3, (lane) => has(4 * at + lane, each(lane, 16 * at + 4 * lane))));
      const end = (sum: Local, at: number): Code =>
        sequence(
          withResidual
            ? set(
              sum,
              wasm.multiplyAdd(get(extra), wasm.loadVector(get(p.scale), 16 * at), get(sum)),
            )
            : [],
          set(sum, wasm.maximumVector(get(sum), get(floor))),
        );
      const whole = (sum: Local, at: number): Code =>
        sequence(
          withResidual ? set(extra, wasm.loadVector(get(beside), 16 * at)) : [],
          end(sum, at),
          wasm.storeVector(get(target), get(sum), 16 * at),
        );
      const partial = (sum: Local, at: number): Code =>
        sequence(
          set(extra, wasm.zeros),
          withResidual
            ? lanes(at, (lane, offset) =>
              set(extra, wasm.loadLane(get(beside), get(extra), lane, offset)))
            : [],
          end(sum, at),
          lanes(at, (lane, offset) =>
            wasm.storeLane(get(target), get(sum), lane, offset)),
        );
      const finish = (sums: readonly Local[], row: number): Code =>
        sequence(
          set(target, wasm.add(get(p.out), offset(row, 1))),
          withResidual ? set(beside, wasm.add(get(p.residual), offset(row, 1))) : [],
          sums.map((sum, at) => has(4 * at + 3, whole(sum, at), partial(sum, at))),
        );

      return times(
        p.groups,
        sequence(
          pixels.map((pixel, row) => set(pixel, wasm.add(get(p.x), offset(row, 0)))),
          block.sums.flatMap((sums) =>
            sums.map((sum, at) => set(sum, wasm.loadVector(get(p.bias), 16 * at)))
          ),
          set(weight, get(p.panel)),
          set(segment, get(p.segments)),
          times(segment, run),
          set(floor, wasm.loadSplat(get(p.floor))),
          block.sums.map(finish),
          advance(p.table, constant(8 * ROWS[vectors])),
        ),
      );
    },
  });
}

/** The loop for each width of panel, without and with a residual. */
export const tileRoutines: readonly Routine[] = [false, true].flatMap((withResidual) =>
  VECTORS.map((vectors) => tileRoutine(vectors, withResidual))
);
