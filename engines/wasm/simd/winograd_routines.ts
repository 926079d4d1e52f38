/**
 * The transforms of Winograd's minimal filtering F(2×2, 3×3) (../../winograd.ts). They turn tiles of
 * 4 × 4 inputs, two pixels apart, into 16 *planes*. A convolution is then one matrix product in each
 * plane.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";
import { many } from "./block.ts";

const { get, set, constant, advance, sequence, times } = wasm;

type Row = readonly Local[];

const plus = (a: Local, b: Local): Code => wasm.addVector(get(a), get(b));
const minus = (a: Local, b: Local): Code => wasm.subtractVector(get(a), get(b));
const negative = (a: Local): Code => wasm.subtractVector(wasm.zeros, get(a));

/** Write four vectors into the next four planes. */
const storePlanes = (values: readonly Code[], { to, plane }: { to: Local; plane: Local }): Code =>
  sequence(
    values.map((value) => sequence(wasm.storeVector(get(to), value), advance(to, get(plane)))),
  );

/** Bᵀ d B of `tiles` tiles whose corners are two pixels apart; reads whole vectors of channels. */
const input: Routine = wasm.routine({
  name: "winogradInput",
  parameters: ["tiles", "vectors", "x", "pixel", "row", "planes", "plane"],
  body(p, { i32, v128 }) {
    const [tile, vector, from, to] = [i32(), i32(), i32(), i32()];
    const rows = many(4, () => many(4, v128));
    const values = many(4, v128);
    const [a, b, c, d] = values as [Local, Local, Local, Local];
    const read = (row: number): Code =>
      sequence(
        set(from, get(tile)),
        many(row, () => advance(from, get(p.row))),
        values.map((value) =>
          sequence(set(value, wasm.loadVector(get(from))), advance(from, get(p.pixel)))
        ),
        [minus(a, c), plus(b, c), minus(c, b), minus(b, d)].map((value, column) =>
          set(rows[row]![column]!, value)
        ),
      );
    const write = (of: (a: Local, b: Local) => Code, first: number, second: number): Code =>
      storePlanes(
        rows[first]!.map((value, column) => of(value, rows[second]![column]!)),
        { to, plane: p.plane },
      );
    const transform = sequence(
      set(to, get(p.planes)),
      [read(0), read(2), write(minus, 0, 2), read(1), write(plus, 1, 2), write(minus, 2, 1)],
      [read(3), write(minus, 1, 3)],
      advance(tile, constant(16)),
      advance(p.planes, constant(16)),
    );
    return times(
      p.tiles,
      sequence(
        set(tile, get(p.x)),
        set(vector, get(p.vectors)),
        times(vector, transform),
        [p.pixel, p.pixel].map((step) => advance(p.x, get(step))),
      ),
    );
  },
});

/** The pixels of a 2 × 2 tile, in order, by the steps to each. */
function pixelsOf(
  base: Local,
  { column, row, pointer }: { column: Local; row: Local; pointer: Local },
): { readonly visit: (each: (pixel: number) => Code) => Code } {
  const at = (pixel: number): Code => {
    const across = pixel % 2 === 0 ? get(base) : wasm.add(get(base), get(column));
    return pixel < 2 ? across : wasm.add(across, get(row));
  };
  return {
    visit: (each) => sequence(many(4, (pixel) => sequence(set(pointer, at(pixel)), each(pixel)))),
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

/** `out = max(floor, bias + Aᵀ m A)` of `tiles` tiles side by side. */
const output: Routine = wasm.routine({
  name: "winogradOutput",
  parameters: [
    ...["tiles", "vectors", "planes", "plane", "out", "column", "row", "channels"] as const,
    ...["bias", "floor"] as const,
  ],
  body(p, { i32, v128 }) {
    const [vector, from, base, pointer, left, shift] = many(6, i32) as [
      ...[Local, Local, Local, Local, Local, Local],
    ];
    const [upper, lower, read] = [many(4, v128), many(4, v128), many(4, v128)];
    const [bias, floor] = [v128(), v128()];
    const readRow = (to: Row): Code =>
      sequence(
        to.map((value) =>
          sequence(set(value, wasm.loadVector(get(from))), advance(from, get(p.plane)))
        ),
      );
    const addTo = (rows: Row, of: typeof plus): Code =>
      sequence(rows.map((value, column) => set(value, of(value, read[column]!))));
    // rows: upper = m0 + m1 + m2, lower = m1 − m2 − m3; columns the same way
    const rows = sequence(
      readRow(upper),
      readRow(lower),
      upper.map((value, column) => set(value, plus(value, lower[column]!))),
      [readRow(read), addTo(upper, plus), addTo(lower, minus)],
      [readRow(read), addTo(lower, minus)],
    );
    const results = [upper, lower].flatMap((row) => {
      const [a, b, c, d] = row as [Local, Local, Local, Local];
      const even = wasm.addVector(plus(a, b), get(c));
      const odd = wasm.subtractVector(minus(b, c), get(d));
      return [even, odd];
    });
    const [value] = read as [Local];
    const write = pixelsOf(base, { column: p.column, row: p.row, pointer }).visit((pixel) =>
      sequence(
        set(
          value,
          wasm.maximumVector(wasm.addVector(results[pixel]!, get(bias)), get(floor)),
        ),
        ragged(
          left,
          wasm.storeVector(get(pointer), get(value)),
          (lane) => wasm.storeLane(get(pointer), get(value), lane, 4 * lane),
        ),
      )
    );
    const transform = sequence(
      set(from, get(p.planes)),
      rows,
      set(bias, wasm.loadVector(get(shift))),
      write,
      [base, p.planes, shift].map((local) => advance(local, constant(16))),
      advance(left, constant(-4)),
    );
    return sequence(
      set(floor, wasm.loadSplat(get(p.floor))),
      times(
        p.tiles,
        sequence(
          set(base, get(p.out)),
          set(shift, get(p.bias)),
          set(left, get(p.channels)),
          set(vector, get(p.vectors)),
          times(vector, transform),
          [p.column, p.column].map((step) => advance(p.out, get(step))),
        ),
      ),
    );
  },
});

/** A d Aᵀ of `tiles` 2 × 2 tiles side by side: the adjoint of the output's transform. */
const gradient: Routine = wasm.routine({
  name: "winogradGradient",
  parameters: [
    ...["tiles", "vectors", "d", "column", "row", "channels", "planes", "plane"] as const,
  ],
  body(p, { i32, v128 }) {
    const [vector, to, base, pointer, left] = many(5, i32) as [
      ...[Local, Local, Local, Local, Local],
    ];
    const pixels = many(4, v128);
    const [a, b] = [v128(), v128()];
    const [first, second, third, fourth] = pixels as [Local, Local, Local, Local];
    const read = pixelsOf(base, { column: p.column, row: p.row, pointer }).visit((pixel) => {
      const value = pixels[pixel]!;
      return sequence(
        set(value, wasm.zeros),
        ragged(
          left,
          set(value, wasm.loadVector(get(pointer))),
          (lane) => set(value, wasm.loadLane(get(pointer), get(value), lane, 4 * lane)),
        ),
      );
    });
    const writeRow = (left: Code, right: Code): Code =>
      sequence(
        set(a, left),
        set(b, right),
        storePlanes([get(a), plus(a, b), minus(a, b), negative(b)], { to, plane: p.plane }),
      );
    const transform = sequence(
      read,
      set(to, get(p.planes)),
      writeRow(get(first), get(second)),
      writeRow(plus(first, third), plus(second, fourth)),
      writeRow(minus(first, third), minus(second, fourth)),
      writeRow(negative(third), negative(fourth)),
      [base, p.planes].map((local) => advance(local, constant(16))),
      advance(left, constant(-4)),
    );
    return times(
      p.tiles,
      sequence(
        set(base, get(p.d)),
        set(left, get(p.channels)),
        set(vector, get(p.vectors)),
        times(vector, transform),
        [p.column, p.column].map((step) => advance(p.d, get(step))),
      ),
    );
  },
});

/** The three transforms of the data. */
export const winogradRoutines: readonly Routine[] = [input, output, gradient];
