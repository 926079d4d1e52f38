/**
 * Loops over the rows of [N, C] data with a constant or a sum for each column.
 *
 * Rows are contiguous, so after a *period* of one, two or four rows (the fewest that make whole
 * vectors) each column is in the same lane again. A constant for each column becomes a pattern of
 * one period, and no loop needs a remainder.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Vectors that a loop holds in registers. */
const WIDE = 4;

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const loadAll = (locals: readonly Local[], pointer: Local): Code =>
  sequence(locals.map((local, at) => set(local, wasm.loadVector(get(pointer), 16 * at))));

/** Add the sums to those in memory. */
const flush = (sums: readonly Local[], pointer: Local): Code =>
  sequence(
    sums.map((sum, at) =>
      wasm.storeVector(
        get(pointer),
        wasm.addVector(get(sum), wasm.loadVector(get(pointer), 16 * at)),
        16 * at,
      )
    ),
  );

/**
 * Visit a block of `width` vectors in all periods, then the next block.
 *
 * @param p Number of blocks and periods, bytes of a period.
 * @param options The pointers that move with the data and those into patterns; the code before all
 * periods, for each period, and after all.
 */
function blockwise(
  p: { readonly blocks: Local; readonly periods: Local; readonly pitch: Local },
  { width, i32, data, patterns, before, each, after }: {
    readonly width: number;
    readonly i32: () => Local;
    readonly data: readonly Local[];
    readonly patterns: readonly Local[];
    readonly before: Code;
    readonly each: (pointers: readonly Local[]) => Code;
    readonly after: Code;
  },
): Code {
  const period = i32();
  const moving = data.map(i32);
  return times(
    p.blocks,
    sequence(
      before,
      moving.map((local, at) => set(local, get(data[at]!))),
      set(period, get(p.periods)),
      times(period, sequence(each(moving), moving.map((local) => advance(local, get(p.pitch))))),
      after,
      [...data, ...patterns].map((local) => advance(local, constant(16 * width))),
    ),
  );
}

/** `sums += Σ (x − shift)` and `squares += Σ (x − shift)²`. */
function momentsRoutine(width: number): Routine {
  return wasm.routine({
    name: `moments${width}`,
    parameters: ["blocks", "periods", "pitch", "x", "shift", "sums", "squares"],
    body(p, { i32, v128 }) {
      const [shift, sums, squares] = many(3, () => many(width, v128)) as [
        Local[],
        Local[],
        Local[],
      ];
      const value = v128();
      return blockwise(p, {
        width,
        i32,
        data: [p.x],
        patterns: [p.shift, p.sums, p.squares],
        before: sequence(
          loadAll(shift, p.shift),
          [...sums, ...squares].map((local) => set(local, wasm.zeros)),
        ),
        each: ([x]) =>
          sequence(many(width, (at) =>
            sequence(
              set(
                value,
                wasm.subtractVector(wasm.loadVector(get(x!), 16 * at), get(shift[at]!)),
              ),
              set(sums[at]!, wasm.addVector(get(sums[at]!), get(value))),
              set(squares[at]!, wasm.multiplyAdd(get(value), get(value), get(squares[at]!))),
            ))),
        after: sequence(flush(sums, p.sums), flush(squares, p.squares)),
      });
    },
  });
}

/** What a loop of gradients does besides adding. */
export interface GradientKind {
  /** Whether two gradients are added first. */
  readonly second: boolean;
  /** Whether only what a relu let through counts. */
  readonly masked: boolean;
  /** Whether products are summed. */
  readonly products: boolean;
}

/**
 * `d = dy [+ second]` where y > 0 (written if it is not dy itself), `sums += Σ d` and, if asked for,
 * `products += Σ d∘x`.
 */
function gradientRoutine(width: number, kind: GradientKind): Routine {
  const { second, masked, products } = kind, written = second || masked;
  return wasm.routine({
    name: gradientName(width, kind),
    parameters: ["blocks", "periods", "pitch", "dy", "sums", "second", "y", "d", "x", "products"],
    body(p, { i32, v128 }) {
      const sums = many(width, v128);
      const sumsOfProducts = many(products ? width : 0, v128);
      const value = v128();
      const names = (["dy", "second", "y", "d", "x"] as const).filter((name) =>
        ({ dy: true, second, y: masked, d: written, x: products })[name]
      );
      return blockwise(p, {
        width,
        i32,
        data: names.map((name) => p[name]),
        patterns: [p.sums, ...(products ? [p.products] : [])],
        before: sequence([...sums, ...sumsOfProducts].map((local) => set(local, wasm.zeros))),
        each: (pointers) => {
          const read = (name: typeof names[number], at: number): Code =>
            wasm.loadVector(get(pointers[names.indexOf(name)]!), 16 * at);
          const total = (at: number): Code =>
            second ? wasm.addVector(read("dy", at), read("second", at)) : read("dy", at);
          const open = (at: number): Code => wasm.greaterVector(read("y", at), wasm.zeros);
          return sequence(many(width, (at) =>
            sequence(
              set(value, masked ? wasm.andVector(total(at), open(at)) : total(at)),
              written
                ? wasm.storeVector(get(pointers[names.indexOf("d")]!), get(value), 16 * at)
                : [],
              set(sums[at]!, wasm.addVector(get(sums[at]!), get(value))),
              products
                ? set(
                  sumsOfProducts[at]!,
                  wasm.multiplyAdd(get(value), read("x", at), get(sumsOfProducts[at]!)),
                )
                : [],
            )));
        },
        after: sequence(flush(sums, p.sums), products ? flush(sumsOfProducts, p.products) : []),
      });
    },
  });
}

/** `out = max(floor, x∘factor + bias [+ residual∘scale])`. */
function scaleRoutine(width: number, withResidual: boolean): Routine {
  return wasm.routine({
    name: `scale${width}${withResidual ? "r" : ""}`,
    parameters: [
      ...["blocks", "periods", "pitch", "x", "out", "factor", "bias", "floor"] as const,
      ...["residual", "scale"] as const,
    ],
    body(p, { i32, v128 }) {
      const [factor, bias] = many(2, () => many(width, v128)) as [Local[], Local[]];
      const scale = many(withResidual ? width : 0, v128);
      const [floor, value] = [v128(), v128()];
      const beside = (at: number, residual: Local): Code =>
        wasm.multiplyAdd(wasm.loadVector(get(residual), 16 * at), get(scale[at]!), get(value));
      return sequence(
        set(floor, wasm.loadSplat(get(p.floor))),
        blockwise(p, {
          width,
          i32,
          data: [p.x, p.out, ...(withResidual ? [p.residual] : [])],
          patterns: [p.factor, p.bias, ...(withResidual ? [p.scale] : [])],
          before: sequence(
            loadAll(factor, p.factor),
            loadAll(bias, p.bias),
            loadAll(scale, p.scale),
          ),
          each: (pointers) => {
            const [x, out, residual] = pointers as [Local, Local, Local];
            return sequence(many(width, (at) =>
              sequence(
                set(
                  value,
                  wasm.multiplyAdd(
                    wasm.loadVector(get(x), 16 * at),
                    get(factor[at]!),
                    get(bias[at]!),
                  ),
                ),
                withResidual ? set(value, beside(at, residual)) : [],
                wasm.storeVector(
                  get(out),
                  wasm.maximumVector(get(value), get(floor)),
                  16 * at,
                ),
              )));
          },
          after: [],
        }),
      );
    },
  });
}

/** Name of the loop of gradients of this kind, so many vectors wide. */
export function gradientName(
  width: number | "#",
  { second, masked, products }: GradientKind,
): string {
  return `gradient${width}${second ? "s" : ""}${masked ? "m" : ""}${products ? "p" : ""}`;
}

const BOTH = [false, true] as const;

/** All loops over columns, four vectors and one vector wide. */
export const columnRoutines: readonly Routine[] = [WIDE, 1].flatMap((width) => [
  momentsRoutine(width),
  ...BOTH.map((withResidual) => scaleRoutine(width, withResidual)),
  ...BOTH.flatMap((second) =>
    BOTH.flatMap((masked) =>
      BOTH.map((products) => gradientRoutine(width, { second, masked, products }))
    )
  ),
]);
