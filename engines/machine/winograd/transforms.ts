/**
 * The transforms of the images' tiles, one vector of channels at a time.
 *
 * @see Lavin and Gray (2016), section 4.1: Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A; as plain numbers in
 * ../../winograd.ts.
 *
 * @module
 */
import {
  type Assembler,
  type Form,
  type Integer,
  type Mask,
  registers,
  type Vector,
} from "../assemble.ts";
import { type Column, columnsOf, FLOAT, formOf } from "../columns.ts";
import type { Planes } from "./planes.ts";
import { eachTile, type Line, type TileRows } from "./tile_rows.ts";

const { rdx, r8, r9, r10, r11 } = registers;
/** Register that goes through the tiles of the planes. */
export const TILE: Integer = rdx;
/** Mask with the last channels of the input. */
export const READ_TAIL: Mask = 1;
/** Mask with the last channels of the output. */
export const WRITTEN_TAIL: Mask = 2;

/** The lines of a tile, with the pixels around it and without. */
const AROUND: readonly Line[] = [r8, r9, r10, r11].map((base, index) => ({ row: index - 1, base }));
const INSIDE: readonly Line[] = [r8, r9].map((base, row) => ({ row, base }));

/** Where a transform reads, or writes, pixels, and where numbers of planes. */
export interface Transform extends Omit<TileRows, "lines" | "body"> {
  readonly planes: Planes;
}

/** Four vectors. */
type Four = readonly [Vector, Vector, Vector, Vector];
const fourFrom = (first: Vector): Four => [first, first + 1, first + 2, first + 3];
const column = (index: number): Four => [index, 4 + index, 8 + index, 12 + index];

/** Visit the vectors of each tile. */
function eachVector(
  a: Assembler,
  { planes, ...rows }: Transform,
  { lines, body }: {
    readonly lines: readonly Line[];
    readonly body: (column: Column, isInside: (column: number) => boolean) => void;
  },
): void {
  eachTile(a, {
    ...{ ...rows, lines },
    body(isInside) {
      for (const column of columnsOf(rows.size.channels)) body(column, isInside);
      a.increase(TILE, planes.tile);
    },
  });
}

/** Bᵀ·d of four numbers. */
function combineInput(a: Assembler, [t0, t1, t2, t3]: Four, [d0, d1, d2, d3]: Four, form: Form) {
  a.minus(t0, [d0, d2], form);
  a.add(t1, [d1, d2], form);
  a.minus(t2, [d2, d1], form);
  a.minus(t3, [d1, d3], form);
}

/** Append Bᵀ d B of the 4 × 4 pixels at each tile. */
export function transformInput(a: Assembler, transform: Transform): void {
  const { size, planes } = transform;
  const pixels = fourFrom(16);
  eachVector(a, transform, {
    lines: AROUND,
    body(vector, isInside) {
      const { offset, bytes } = vector;
      const form = formOf(vector, READ_TAIL)!;
      for (let x = 0; x < 4; x++) {
        if (!isInside(x - 1)) {
          for (const register of column(x)) a.clear(register);
          continue;
        }
        AROUND.forEach(({ base }, y) =>
          a.load(pixels[y]!, { base, offset: (x - 1) * size.channels * FLOAT + offset }, {
            ...form,
            zeroing: form.mask !== undefined,
          })
        );
        combineInput(a, column(x), pixels, { bytes });
      }
      for (let y = 0; y < 4; y++) {
        const results = fourFrom(16 + 4 * y);
        combineInput(a, results, fourFrom(4 * y), { bytes });
        results.forEach((result, x) =>
          a.store({ base: TILE, offset: (4 * y + x) * planes.plane + offset }, result, { bytes })
        );
      }
    },
  });
}

/** Append Aᵀ m A of the 16 numbers of each tile, written to its pixels. */
export function transformOutput(a: Assembler, transform: Transform): void {
  const { size, planes } = transform;
  eachVector(a, transform, {
    lines: INSIDE,
    body(vector, isInside) {
      const { offset, bytes } = vector;
      const from = (y: number, x: number) => ({
        base: TILE,
        offset: (4 * y + x) * planes.plane + offset,
      });
      for (let x = 0; x < 4; x++) {
        const [upper, lower, m1, m2] = [x, 4 + x, 16, 17];
        a.load(m1, from(1, x), { bytes });
        a.load(m2, from(2, x), { bytes });
        a.add(upper, [m1, m2], { bytes });
        a.minus(lower, [m1, m2], { bytes });
        a.add(upper, [upper, from(0, x)], { bytes });
        a.minus(lower, [lower, from(3, x)], { bytes });
      }
      INSIDE.forEach(({ base }, y) => {
        const [u0, u1, u2, u3] = fourFrom(4 * y);
        const [left, right] = [18 + 2 * y, 19 + 2 * y] as const;
        a.add(left, [u1, u2], { bytes });
        a.minus(right, [u1, u2], { bytes });
        a.add(left, [left, u0], { bytes });
        a.minus(right, [right, u3], { bytes });
        [left, right].forEach((result, x) => {
          const to = { base, offset: x * size.channels * FLOAT + offset };
          if (isInside(x)) a.store(to, result, formOf(vector, WRITTEN_TAIL));
        });
      });
    },
  });
}

/**
 * Append A d of the 2 × 2 pixels of each tile: 8 planes, of which {@linkcode sumPlanes} makes 16. The
 * last row of A has a plus here; `kernelGradientTransform` puts the sign right, once for all tiles.
 */
export function transformGradient(a: Assembler, transform: Transform): void {
  const { size, planes } = transform;
  eachVector(a, transform, {
    lines: INSIDE,
    body(vector, isInside) {
      const { offset, bytes } = vector;
      const form = formOf(vector, WRITTEN_TAIL)!;
      for (let x = 0; x < 2; x++) {
        const [upper, plus, minus, lower] = fourFrom(4 * x);
        INSIDE.forEach(({ base }, y) => {
          const pixel = y === 0 ? upper : lower;
          if (!isInside(x)) return a.clear(pixel);
          a.load(pixel, { base, offset: x * size.channels * FLOAT + offset }, {
            ...form,
            zeroing: form.mask !== undefined,
          });
        });
        a.add(plus, [upper, lower], { bytes });
        a.minus(minus, [upper, lower], { bytes });
        [upper, plus, minus, lower].forEach((result, y) =>
          a.store({ base: TILE, offset: (2 * y + x) * planes.plane + offset }, result, { bytes })
        );
      }
    },
  });
}
