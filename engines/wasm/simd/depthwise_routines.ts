/**
 * The inner loops of a depthwise convolution, whose filters read one channel each.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Frame, Local, Routine } from "./assemble.ts";
import { many } from "./block.ts";
import { ragged } from "./ragged.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Counts and steps of a walk over the windows of images. Steps are in bytes. */
const WALK = [
  ...["images", "rows", "columns", "vectors", "channels", "weights"] as const,
  ...["x", "xImage", "xRow", "xColumn", "y", "yImage", "yRow", "yColumn"] as const,
] as const;

type Walk = Readonly<Record<(typeof WALK)[number], Local>>;

/** Locals of one vector of channels. */
interface VectorLocals {
  /** Address in the first pixel of the window, and in the output's pixel. */
  readonly x: Local;
  readonly y: Local;
  /** Address in the weights. */
  readonly weights: Local;
  /** Channels from here on. */
  readonly left: Local;
}

/** Visit the columns of all rows of all images, one vector of channels after the other. */
function walk(
  p: Walk,
  { i32 }: Frame,
  body: (
    locals: VectorLocals,
  ) => { readonly before: Code; readonly each: Code; readonly after: Code },
): Code {
  const [row, column, vector, xRow, yRow, xAt, yAt] = many(7, i32) as [
    ...[Local, Local, Local, Local, Local, Local, Local],
  ];
  const [x, y, weights, left] = many(4, i32) as [Local, Local, Local, Local];
  const { before, each, after } = body({ x, y, weights, left });
  const oneVector = sequence(
    [before, set(x, get(xAt)), set(y, get(yAt)), set(column, get(p.columns))],
    times(column, sequence(each, advance(x, get(p.xColumn)), advance(y, get(p.yColumn)))),
    [after, advance(left, constant(-4))],
    [xAt, yAt, weights].map((local) => advance(local, constant(16))),
  );
  const oneRow = sequence(
    [set(xAt, get(xRow)), set(yAt, get(yRow)), set(weights, get(p.weights))],
    [set(left, get(p.channels)), set(vector, get(p.vectors)), times(vector, oneVector)],
    [advance(xRow, get(p.xRow)), advance(yRow, get(p.yRow))],
  );
  return times(
    p.images,
    sequence(
      [set(xRow, get(p.x)), set(yRow, get(p.y)), set(row, get(p.rows)), times(row, oneRow)],
      [advance(p.x, get(p.xImage)), advance(p.y, get(p.yImage))],
    ),
  );
}

/** Kernels of these sizes, whose weights stay in registers. */
export const UNROLLED = [1, 2, 3] as const;

const GEOMETRY = ["tapRows", "tapColumns", "line", "pixel", "tap"] as const;

/** Write the channels that there are. */
const store = (value: Local, { y, left }: VectorLocals): Code =>
  ragged(
    left,
    wasm.storeVector(get(y), get(value)),
    (lane) => wasm.storeLane(get(y), get(value), lane, 4 * lane),
  );

/** `y = Σ x·w` over windows of any size; rows of x are `line` bytes apart, pixels `pixel`. */
const anyWindow: Routine = wasm.routine({
  name: "depthwise",
  parameters: [...WALK, ...GEOMETRY],
  body: (p, frame) =>
    walk(p, frame, (locals) => {
      const { i32, v128 } = frame, sum = v128();
      const [line, from, weight, row, column] = many(5, i32) as [
        ...[Local, Local, Local, Local, Local],
      ];
      const tap = sequence(
        set(
          sum,
          wasm.multiplyAdd(wasm.loadVector(get(from)), wasm.loadVector(get(weight)), get(sum)),
        ),
        [advance(from, get(p.pixel)), advance(weight, get(p.tap))],
      );
      const oneRow = sequence(
        [set(from, get(line)), set(column, get(p.tapColumns)), times(column, tap)],
        advance(line, get(p.line)),
      );
      const each = sequence(
        [set(sum, wasm.zeros), set(line, get(locals.x)), set(weight, get(locals.weights))],
        [set(row, get(p.tapRows)), times(row, oneRow), store(sum, locals)],
      );
      return { before: [], each, after: [] };
    }),
});

/** The same for windows of one size. */
const oneWindow = (rows: number, columns: number): Routine =>
  wasm.routine({
    name: `depthwise${rows}${columns}`,
    parameters: [...WALK, ...GEOMETRY],
    body: (p, frame) =>
      walk(p, frame, (locals) => {
        const { i32, v128 } = frame, sum = v128(), taps = many(rows * columns, v128);
        const [line, at] = [i32(), i32()];
        const before = sequence(
          set(at, get(locals.weights)),
          taps.map((tap) => sequence(set(tap, wasm.loadVector(get(at))), advance(at, get(p.tap)))),
        );
        const each = sequence(
          [set(sum, wasm.zeros), set(line, get(locals.x))],
          many(rows, (row) =>
            sequence(
              set(at, get(line)),
              many(columns, (column) =>
                sequence(
                  set(
                    sum,
                    wasm.multiplyAdd(
                      wasm.loadVector(get(at)),
                      get(taps[row * columns + column]!),
                      get(sum),
                    ),
                  ),
                  column === columns - 1 ? [] : advance(at, get(p.pixel)),
                )),
              row === rows - 1 ? [] : advance(line, get(p.line)),
            )),
          store(sum, locals),
        );
        return { before, each, after: [] };
      }),
  });

/** `weights += Σ x·y`: the gradient of one tap. Whole vectors are read. */
const sums: Routine = wasm.routine({
  name: "depthwiseSums",
  parameters: [...WALK],
  body: (p, frame) =>
    walk(p, frame, ({ x, y, weights }) => {
      const sum = frame.v128();
      return {
        before: set(sum, wasm.loadVector(get(weights))),
        each: set(
          sum,
          wasm.multiplyAdd(wasm.loadVector(get(x)), wasm.loadVector(get(y)), get(sum)),
        ),
        after: wasm.storeVector(get(weights), get(sum)),
      };
    }),
});

/** All loops. */
export const depthwiseRoutines: readonly Routine[] = [
  anyWindow,
  ...UNROLLED.flatMap((rows) => UNROLLED.map((columns) => oneWindow(rows, columns))),
  sums,
];
