/**
 * The two inner loops under every heavy kernel. Both hold 6 × 8 (or 3 × 12) sums in registers: as
 * many as a machine with 16 vector registers can keep beside their operands, and enough to hide
 * the latency of a multiply-add.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Vectors of four channels in a block of sums. */
export type Vectors = 1 | 2 | 3;

/** Rows of a block of sums, by its number of vectors. */
export const ROWS: Readonly<Record<Vectors, number>> = { 1: 6, 2: 6, 3: 3 };

/** Any block's rows divide it. */
export const ROWS_MULTIPLE = 6;

const UNROLLED = 8;

interface Block {
  readonly sums: readonly (readonly Local[])[];
  readonly weights: readonly Local[];
  readonly splat: Local;
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function blockOf(vectors: Vectors, v128: () => Local): Block {
  return {
    sums: many(ROWS[vectors], () => many(vectors, v128)),
    weights: many(vectors, v128),
    splat: v128(),
  };
}

/** `sums[row] += x(row) ⊗ weights`. */
function accumulate({ sums, weights, splat }: Block, x: (row: number) => Code): Code {
  const product = (sum: Local, at: number): Code =>
    set(sum, wasm.multiplyAdd(get(splat), get(weights[at]!), get(sum)));
  return sequence(sums.map((row, index) => sequence(set(splat, x(index)), row.map(product))));
}

/**
 * `out = max(floor, bias + Σ x·w [+ scale ∘ residual])` for a list of pixels and one panel of
 * channels. A pixel's x is `segments` runs of `length` floats, `gap` bytes apart.
 *
 * `table` holds a pair of byte offsets, into x and out, for each pixel; `groups` counts its blocks
 * of rows. `panel` holds the panel's channels for each float of x. Only the first `channels` of the
 * panel are written (or read of the residual).
 */
export function tileRoutine(vectors: Vectors, withResidual: boolean): Routine {
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

      const depth = (unrolled: number): Code =>
        sequence(
          many(unrolled, (k) =>
            sequence(
              block.weights.map((local, at) =>
                set(local, wasm.loadVector(get(weight), 16 * (k * vectors + at)))
              ),
              accumulate(block, (row) => wasm.loadSplat(get(pixels[row]!), 4 * k)),
            )),
          pixels.map((pixel) => advance(pixel, constant(4 * unrolled))),
          advance(weight, constant(16 * vectors * unrolled)),
        );
      const run = sequence(
        set(step, wasm.shiftRight(get(p.length), constant(Math.log2(UNROLLED)))),
        times(step, depth(UNROLLED)),
        set(step, wasm.and(get(p.length), constant(UNROLLED - 1))),
        times(step, depth(1)),
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

/**
 * `sums[m] += x[m] ⊗ d` over rows × columns pixels, for `blocks` blocks of m and one panel of
 * channels of d. Both x and d are read to the end of their last block.
 */
export function outerRoutine(vectors: Vectors): Routine {
  return wasm.routine({
    name: `outer${vectors}`,
    parameters: [
      ...["blocks", "images", "rows", "columns", "x", "d", "sums"] as const,
      ...["xColumn", "xRowGap", "xImageGap", "dColumn"] as const,
    ],
    body(p, { i32, v128 }) {
      const [image, row, column, x, d] = [i32(), i32(), i32(), i32(), i32()];
      const block = blockOf(vectors, v128);
      const sums = block.sums.flat();
      // Addresses are added, not given as offsets: the limits of the checks are then few enough
      // to stay in registers.
      const near = (pointer: Local, bytes: number): Code =>
        bytes === 0 ? get(pointer) : wasm.add(get(pointer), constant(bytes));
      const pixel = sequence(
        block.weights.map((local, at) => set(local, wasm.loadVector(near(d, 16 * at)))),
        accumulate(block, (m) => wasm.loadSplat(near(x, 4 * m))),
        advance(x, get(p.xColumn)),
        advance(d, get(p.dColumn)),
      );
      const columns = sequence(
        set(column, wasm.shiftRight(get(p.columns), constant(2))),
        times(column, sequence(many(4, () => pixel))),
        set(column, wasm.and(get(p.columns), constant(3))),
        times(column, pixel),
        advance(x, get(p.xRowGap)),
      );
      const images = sequence(
        set(row, get(p.rows)),
        times(row, columns),
        advance(x, get(p.xImageGap)),
      );
      return times(
        p.blocks,
        sequence(
          sums.map((sum) => set(sum, wasm.zeros)),
          set(x, get(p.x)),
          set(d, get(p.d)),
          set(image, get(p.images)),
          times(image, images),
          sums.map((sum, at) =>
            wasm.storeVector(
              get(p.sums),
              wasm.addVector(get(sum), wasm.loadVector(get(p.sums), 16 * at)),
              16 * at,
            )
          ),
          advance(p.sums, constant(16 * sums.length)),
          advance(p.x, constant(4 * ROWS[vectors])),
        ),
      );
    },
  });
}

/** Copy `count` runs of bytes between two pitches. */
export const copyRoutine: Routine = wasm.routine({
  name: "copy",
  parameters: ["to", "from", "count", "bytes", "toPitch", "fromPitch"],
  body: (p) =>
    times(
      p.count,
      sequence(
        wasm.copyBytes(get(p.to), get(p.from), get(p.bytes)),
        advance(p.to, get(p.toPitch)),
        advance(p.from, get(p.fromPitch)),
      ),
    ),
});
