import { assertEquals } from "@std/assert";
import {
  KERNEL_TRANSFORM,
  type Matrix,
  multiply,
  OUTPUT_TRANSFORM,
  sandwich,
  transformInput as expectedInput,
  transformKernel as expectedKernel,
  transformOutput as expectedOutput,
  transposed,
} from "../../winograd.ts";
import type { Assembler } from "../assemble.ts";
import type { Routine } from "../routine.ts";
import { Runner } from "../runner.ts";
import { testMachine } from "../testing.ts";
import type { Region } from "../scratch.ts";
import { assembleBlocks, slotsOf } from "./blocks.ts";
import { HALF_BITS, kernelGradientTransform, kernelTransform } from "./kernel_transforms.ts";
import { matrixPanels, type Planes, planesOf } from "./planes.ts";
import { integersOf } from "./testing.ts";
import {
  TILE,
  type Transform,
  transformGradient,
  transformInput,
  transformOutput,
} from "./transforms.ts";

/** One image whose last tiles lie half outside, and whose channels fill no whole vector. */
const SIZE = { height: 3, width: 5, channels: 19 };
const [ROWS, COLUMNS] = [2, 3];
const PIXELS = SIZE.height * SIZE.width * SIZE.channels;
const PLANES = planesOf(SIZE.channels, ROWS * COLUMNS);

const PARAMETERS = ["images", "planes", "rows", "row", "outside"] as const;
const { at, fetch } = slotsOf(PARAMETERS);

/** A routine that does nothing but a transform of an image. */
const alone = (
  name: string,
  transform: (a: Assembler, places: Transform) => void,
): Routine<typeof SIZE, typeof PARAMETERS[number]> => ({
  name,
  parameters: PARAMETERS,
  assemble: (size) =>
    assembleBlocks({ ...size, from: size.channels, to: size.channels }, {
      ...{ rows: at("rows"), size: ROWS },
      body(a) {
        fetch(a, [[TILE, "planes"]]);
        transform(a, {
          ...{ size, planes: PLANES, start: at("images"), row: at("row") },
          outside: at("outside"),
        });
      },
    }),
});

/** Run a transform on the memory of an image and of planes, whose content is given or read. */
function run(
  routine: ReturnType<typeof alone>,
  given: { readonly image?: Float32Array; readonly planes?: Float32Array },
): { readonly image: Float32Array; readonly planes: Float32Array } {
  using runner = new Runner();
  const bytes = [4 * PIXELS, 16 * PLANES.plane, 4 * SIZE.width * SIZE.channels];
  const [image, planes, outside] = runner.scratch(...bytes) as [Region, Region, Region];
  image.floats.set(given.image ?? []);
  planes.floats.set(given.planes ?? []);
  outside.floats.fill(0);
  runner.run(routine, {
    shape: SIZE,
    values: {
      ...{ images: image.address, planes: planes.address, outside: outside.address },
      ...{ rows: BigInt(ROWS), row: 0n },
    },
  });
  return { image: image.floats.slice(), planes: planes.floats.slice() };
}

/** A square of pixels; zeros outside of the image. */
function pixelsOf(
  image: Float32Array,
  { top, left, size, channel }: Readonly<Record<"top" | "left" | "size" | "channel", number>>,
): Matrix {
  const pixel = (y: number, x: number): number => {
    const isInside = y >= 0 && y < SIZE.height && x >= 0 && x < SIZE.width;
    return isInside ? image[(y * SIZE.width + x) * SIZE.channels + channel]! : 0;
  };
  return grid(size, size, (y, x) => pixel(top + y, left + x));
}

const grid = (rows: number, columns: number, of: (y: number, x: number) => number): Matrix =>
  Array.from({ length: rows }, (_, y) => Array.from({ length: columns }, (_, x) => of(y, x) + 0));

/** Numbers of the planes for one tile and channel, as rows of so many. */
function factorsOf(
  floats: Float32Array,
  { planes: { tile, plane }, columns }: { readonly planes: Planes; readonly columns: number },
): (index: number, channel: number) => Matrix {
  return (index, channel) =>
    grid(
      4,
      columns,
      (y, x) => floats[((columns * y + x) * plane + index * tile) / 4 + channel]!,
    );
}

function forTiles(check: (row: number, column: number, channel: number) => void): void {
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      for (let channel = 0; channel < SIZE.channels; channel++) check(row, column, channel);
    }
  }
}

const plain = (matrix: Matrix): Matrix => matrix.map((row) => row.map((value) => value + 0));

testMachine("transformInput() is Bᵀ d B of each tile and what lies around it", () => {
  const image = integersOf(1)(PIXELS);
  const factors = factorsOf(run(alone("input", transformInput), { image }).planes, {
    ...{ planes: PLANES, columns: 4 },
  });
  forTiles((row, column, channel) => {
    const pixels = pixelsOf(image, { top: 2 * row - 1, left: 2 * column - 1, size: 4, channel });
    assertEquals(factors(COLUMNS * row + column, channel), plain(expectedInput(pixels)));
  });
});

testMachine("transformOutput() is Aᵀ m A of each tile, where it lies in the image", () => {
  const planes = integersOf(2)(4 * PLANES.plane);
  const { image } = run(alone("output", transformOutput), { planes });
  const factors = factorsOf(planes, { planes: PLANES, columns: 4 });
  forTiles((row, column, channel) => {
    const expected = expectedOutput(factors(COLUMNS * row + column, channel));
    const actual = pixelsOf(image, { top: 2 * row, left: 2 * column, size: 2, channel });
    const isInside = (y: number, x: number): boolean =>
      2 * row + y < SIZE.height && 2 * column + x < SIZE.width;
    assertEquals(actual, grid(2, 2, (y, x) => isInside(y, x) ? expected[y]![x]! : 0));
  });
});

testMachine("transformGradient() is A d of each tile, with the last row's sign turned", () => {
  const image = integersOf(3)(PIXELS);
  const factors = factorsOf(run(alone("gradient", transformGradient), { image }).planes, {
    ...{ planes: PLANES, columns: 2 },
  });
  const half = transposed(OUTPUT_TRANSFORM).map((row, y) => y < 3 ? row : row.map((a) => -a));
  forTiles((row, column, channel) => {
    const pixels = pixelsOf(image, { top: 2 * row, left: 2 * column, size: 2, channel });
    assertEquals(factors(COLUMNS * row + column, channel), plain(multiply(half, pixels)));
  });
});

const KERNEL = { depth: 3, rows: 3, width: 20 };
const PAIRS = KERNEL.depth * KERNEL.width;

/** Run a transform of a kernel, and compare both sides of it for each pair of channels. */
function runKernel(
  routine: typeof kernelTransform,
  { taps, factors }: { readonly taps?: Float32Array; readonly factors?: Float32Array },
  check: (taps: Matrix, factors: Matrix) => void,
): void {
  using runner = new Runner();
  const [panel] = matrixPanels(KERNEL.rows, KERNEL.width);
  const [given, planes] = runner.scratch(4 * 9 * PAIRS, 16 * panel!.plane) as [Region, Region];
  given.floats.set(taps ?? []);
  planes.floats.set(factors ?? []);
  runner.run(routine, {
    shape: KERNEL,
    values: { kernel: given.address, planes: planes.address, half: HALF_BITS },
  });
  for (let from = 0; from < KERNEL.depth; from++) {
    for (let to = 0; to < KERNEL.width; to++) {
      const tap = (y: number, x: number): number =>
        given.floats[(3 * y + x) * PAIRS + from * KERNEL.width + to]!;
      const factor = (y: number, x: number): number =>
        planes.floats[((4 * y + x) * panel!.plane + from * panel!.row) / 4 + to]!;
      check(grid(3, 3, tap), grid(4, 4, factor));
    }
  }
}

testMachine("kernelTransform is G g Gᵀ of each pair of channels", () => {
  runKernel(kernelTransform, { taps: integersOf(4)(9 * PAIRS) }, (taps, factors) => {
    assertEquals(factors, plain(expectedKernel(taps)));
  });
});

testMachine("kernelGradientTransform is Gᵀ u G, with the signs of transformGradient()", () => {
  const [panel] = matrixPanels(KERNEL.rows, KERNEL.width);
  const back = transposed(KERNEL_TRANSFORM.map((row, y) => y < 3 ? row : row.map((g) => -g)));
  const factors = integersOf(5)(4 * panel!.plane);
  runKernel(kernelGradientTransform, { factors }, (taps, given) => {
    assertEquals(taps, plain(sandwich(back, given)));
  });
});
