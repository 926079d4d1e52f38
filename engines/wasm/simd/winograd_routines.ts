/**
 * The transforms of Winograd's minimal filtering (../../winograd.ts). They turn tiles into *planes*, one
 * a product. A convolution is then one matrix product in each plane.
 *
 * @module
 */
import {
  type Filtering,
  LARGE_TILES,
  type Matrix,
  SMALL_TILES,
  transposed,
} from "../../winograd.ts";
import * as wasm from "./assemble.ts";
import type { Code, Frame, Local, Routine } from "./assemble.ts";
import { many } from "./block.ts";
import { gather, spread } from "./transform.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Counts and steps of a walk over tiles. */
const TILES = [
  ...["images", "imageStep", "rows", "rowStep", "tiles", "tileStep", "vectors"] as const,
  ...["pixels", "column", "row", "planes", "plane"] as const,
] as const;

type TileParameter = (typeof TILES)[number];

/**
 * Visit the tiles of images: rows of tiles, tiles of a row, vectors of channels. `visit` has the
 * address of the tile's first pixel in `base`; planes follow each other.
 */
function forTiles(
  p: Readonly<Record<TileParameter, Local>>,
  { i32 }: Frame,
  { begin, visit }: { readonly begin: Code; readonly visit: (base: Local) => Code },
): Code {
  const [row, tile, vector, rowAt, tileAt, base] = many(6, i32) as [
    ...[Local, Local, Local, Local, Local, Local],
  ];
  const each = sequence(
    visit(base),
    [base, p.planes].map((local) => advance(local, constant(16))),
  );
  const tiles = sequence(
    [set(base, get(tileAt)), set(vector, get(p.vectors)), begin],
    [times(vector, each), advance(tileAt, get(p.tileStep))],
  );
  const rows = sequence(
    [set(tileAt, get(rowAt)), set(tile, get(p.tiles))],
    [times(tile, tiles), advance(rowAt, get(p.rowStep))],
  );
  return times(
    p.images,
    sequence(
      [set(rowAt, get(p.pixels)), set(row, get(p.rows))],
      [times(row, rows), advance(p.pixels, get(p.imageStep))],
    ),
  );
}

/** Pointers to the rows of a tile, in one column. */
function pointersOf(
  side: number,
  { column, row, i32 }: { readonly column: Local; readonly row: Local; readonly i32: () => Local },
): { readonly rows: readonly Local[]; readonly start: (base: Local) => Code; readonly next: Code } {
  const rows = many(side, i32);
  return {
    rows,
    start: (base) =>
      sequence(
        rows.map((local, at) =>
          set(local, at === 0 ? get(base) : wasm.add(get(rows[at - 1]!), get(row)))
        ),
      ),
    next: sequence(rows.map((local) => advance(local, get(column)))),
  };
}

/** `whole` where four channels are left, else `lane` for each that is. */
const ragged = (left: Local, whole: Code, lane: (lane: number) => Code): Code =>
  wasm.branch(
    wasm.greater(get(left), constant(3)),
    whole,
    sequence(
      many(3, (at) => wasm.branch(wasm.greater(get(left), constant(at)), lane(at))),
    ),
  );

/**
 * M·x·Mᵀ of squares of pixels, into planes. Whole vectors of channels are read, or if `isRagged` only
 * the `channels` that there are.
 */
function spreadRoutine(name: string, matrix: Matrix, isRagged: boolean): Routine {
  return wasm.routine({
    name,
    parameters: [...TILES, "channels"],
    body(p, frame) {
      const { i32, v128 } = frame, [to, left] = [i32(), i32()];
      const pointers = pointersOf(matrix[0]!.length, { column: p.column, row: p.row, i32 });
      const whole = (locals: readonly Local[]): Code =>
        sequence(locals.map((local, at) => set(local, wasm.loadVector(get(pointers.rows[at]!)))));
      const lane = (locals: readonly Local[], lane: number): Code =>
        sequence(
          locals.map((local, at) =>
            set(local, wasm.loadLane(get(pointers.rows[at]!), get(local), lane, 4 * lane))
          ),
        );
      const transform = spread(matrix, {
        v128,
        nextColumn: pointers.next,
        read: (column) =>
          isRagged
            ? sequence(
              column.map((local) => set(local, wasm.zeros)),
              ragged(left, whole(column), (at) => lane(column, at)),
            )
            : whole(column),
        write: (value) =>
          sequence(wasm.storeVector(get(to), get(value)), advance(to, get(p.plane))),
      });
      return forTiles(p, frame, {
        begin: set(left, get(p.channels)),
        visit: (base) =>
          sequence(
            [set(to, get(p.planes)), pointers.start(base), transform],
            advance(left, constant(-4)),
          ),
      });
    },
  });
}

/** M·x·Mᵀ of planes, into squares of pixels: `max(floor, bias + …)` of the channels that there are. */
function gatherRoutine(name: string, matrix: Matrix): Routine {
  return wasm.routine({
    name,
    parameters: [...TILES, "channels", "bias", "floor"],
    body(p, frame) {
      const { i32, v128 } = frame, [from, left, shift] = [i32(), i32(), i32()];
      const [bias, floor] = [v128(), v128()];
      const pointers = pointersOf(matrix.length, { column: p.column, row: p.row, i32 });
      const transform = gather(matrix, {
        v128,
        nextColumn: pointers.next,
        read: (value) =>
          sequence(set(value, wasm.loadVector(get(from))), advance(from, get(p.plane))),
        write: (column) =>
          sequence(
            column.map((value) =>
              set(value, wasm.maximumVector(wasm.addVector(get(value), get(bias)), get(floor)))
            ),
            ragged(
              left,
              sequence(
                column.map((value, at) => wasm.storeVector(get(pointers.rows[at]!), get(value))),
              ),
              (lane) =>
                sequence(column.map((value, at) =>
                  wasm.storeLane(get(pointers.rows[at]!), get(value), lane, 4 * lane)
                )),
            ),
          ),
      });
      return sequence(
        set(floor, wasm.loadSplat(get(p.floor))),
        forTiles(p, frame, {
          begin: sequence(set(left, get(p.channels)), set(shift, get(p.bias))),
          visit: (base) =>
            sequence(
              [set(from, get(p.planes)), set(bias, wasm.loadVector(get(shift)))],
              [pointers.start(base), transform],
              [advance(left, constant(-4)), advance(shift, constant(16))],
            ),
        }),
      );
    },
  });
}

/** The transforms of one size of tiles: of data, gradients and kernels, and the adjoint of the last. */
function routinesOf({ tile, input, kernel, output }: Filtering): Routine[] {
  return [
    spreadRoutine(`winogradInput${tile}`, input, false),
    spreadRoutine(`winogradGradient${tile}`, transposed(output), true),
    spreadRoutine(`winogradKernel${tile}`, kernel, false),
    gatherRoutine(`winogradOutput${tile}`, output),
    gatherRoutine(`winogradKernelGradient${tile}`, transposed(kernel)),
  ];
}

/** All transforms. */
export const winogradRoutines: readonly Routine[] = [SMALL_TILES, LARGE_TILES].flatMap(routinesOf);
