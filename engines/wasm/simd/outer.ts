/**
 * The inner loop of a filter gradient.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { accumulate, blockOf, many, ROWS, VECTORS, type Vectors } from "./block.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/**
 * `sums[tap][m] += x[m] ⊗ d` over rows × columns pixels, for `blocks` blocks of m and `panels` panels
 * of channels of d, whose sums are `sumsPanel` bytes apart; for each tap, x and d begin `xTap` and `dTap` bytes later. Both are read to the
 * end of their last block.
 */
function outerRoutine(vectors: Vectors): Routine {
  return wasm.routine({
    name: `outer${vectors}`,
    parameters: [
      ...["taps", "panels", "blocks", "images", "rows", "columns", "x", "d", "sums"] as const,
      ...["xTap", "dTap", "xColumn", "xRowGap", "xImageGap", "dColumn", "sumsPanel"] as const,
    ],
    body(p, { i32, v128 }) {
      const [image, row, column, x, d] = [i32(), i32(), i32(), i32(), i32()];
      const [start, left, panel, dPanel, sumsAt, sumsTap] = many(6, i32) as [
        ...[Local, Local, Local, Local, Local, Local],
      ];
      const block = blockOf(vectors, v128);
      const sums = block.sums.flat();
      // Addresses are added rather than given as offsets, so that the limits of the bounds checks
      // are few enough to stay in registers.
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
      const oneBlock = sequence(
        sums.map((sum) => set(sum, wasm.zeros)),
        set(x, get(start)),
        set(d, get(dPanel)),
        set(image, get(p.images)),
        times(image, images),
        sums.map((sum, at) =>
          wasm.storeVector(
            get(sumsAt),
            wasm.addVector(get(sum), wasm.loadVector(get(sumsAt), 16 * at)),
            16 * at,
          )
        ),
        advance(sumsAt, constant(16 * sums.length)),
        advance(start, constant(4 * ROWS[vectors])),
      );
      const onePanel = sequence(
        [set(sumsAt, get(sumsTap)), set(start, get(p.x)), set(left, get(p.blocks))],
        [times(left, oneBlock), advance(sumsTap, get(p.sumsPanel))],
        advance(dPanel, constant(16 * vectors)),
      );
      const firstPanel = sequence(
        set(sumsTap, get(p.sums)),
        set(dPanel, get(p.d)),
        set(panel, get(p.panels)),
      );
      return times(
        p.taps,
        sequence(
          [firstPanel, times(panel, onePanel)],
          // The sums of the next tap follow those of this one.
          set(left, get(p.blocks)),
          times(left, advance(p.sums, constant(16 * sums.length))),
          [advance(p.x, get(p.xTap)), advance(p.d, get(p.dTap))],
        ),
      );
    },
  });
}

/** The loop for each width of panel. */
export const outerRoutines: readonly Routine[] = VECTORS.map(outerRoutine);
