import { assert, assertEquals } from "@std/assert";
import {
  type Filtering,
  LARGE_TILES,
  type Matrix,
  SMALL_TILES,
  transformInput,
  transformKernel as expectedKernel,
  transformKernelGradient,
  transformOutput,
  transformOutputGradient,
} from "../../winograd.ts";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";
import { sumsOf } from "./sums.ts";
import { noise, relativeError } from "./testing.ts";
import { filteringOf } from "./winograd.ts";
import { sumsOfKernel, transformKernel } from "./winograd_kernel.ts";

/** The routines over a memory of their own. */
function openHeap(): Heap {
  const memory = new WebAssembly.Memory({ initial: 4 });
  return heapOf({ wasm: { asm: { memory } } } as unknown as WasmBackend);
}

/** Numbers as a matrix of so many columns. */
const matrixOf = (values: ArrayLike<number>, columns: number): Matrix =>
  Array.from(
    { length: values.length / columns },
    (_, row) => Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  );

/** Each of `step` neighbours of an array apart. */
const every = (values: Float32Array, step: number, from: number): Float32Array =>
  values.filter((_, at) => at % step === from);

const FLOAT = 4;
/** Two images of two rows of three tiles, of six channels: one vector, and a part of one. */
const [IMAGES, ROWS, COLUMNS, CHANNELS, WIDTH] = [2, 2, 3, 6, 8];
const TILES = IMAGES * ROWS * COLUMNS;
const [PIXELS, PLANES, BIAS, FLOOR] = [1024, 65536, 256, 512];
const PLANE = TILES * WIDTH * FLOAT;

/** Images whose tiles are `step` pixels apart, and look `more` pixels further. */
function imagesOf({ step, more }: { readonly step: number; readonly more: number }) {
  const height = ROWS * step + more, width = COLUMNS * step + more;
  const row = width * CHANNELS, image = height * row, size = step + more;
  return {
    length: IMAGES * image,
    /** Images, rows, tiles and their steps, vectors, pixels and their steps. */
    walk: [
      ...[IMAGES, image * FLOAT, ROWS, step * row * FLOAT, COLUMNS, step * CHANNELS * FLOAT],
      ...[WIDTH / 4, PIXELS, CHANNELS * FLOAT, row * FLOAT, PLANES, PLANE, CHANNELS],
    ],
    /** What a tile looks at, for one channel. */
    tile(pixels: Float32Array, at: number, channel: number): Matrix {
      const first = Math.floor(at / (ROWS * COLUMNS)) * height +
        Math.floor(at / COLUMNS) % ROWS * step;
      const own = matrixOf(every(pixels, CHANNELS, channel), width);
      const start = at % COLUMNS * step;
      return own.slice(first, first + size).map((line) => line.slice(start, start + size));
    },
  };
}

/** The planes of one tile and channel, as a matrix. */
const planesOf = (planes: Float32Array, { tile }: Filtering, [at, channel]: [number, number]) =>
  matrixOf(every(planes, TILES * WIDTH, at * WIDTH + channel), tile + 2);

/** Compare for each tile and channel. */
function compareLanes(
  actual: (at: number, channel: number) => Matrix,
  expected: (at: number, channel: number) => Matrix,
): void {
  for (let at = 0; at < TILES; at++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const error = relativeError(actual(at, channel).flat(), expected(at, channel).flat());
      assert(error < 1e-6, `tile ${at}, channel ${channel}: off by ${error}`);
    }
  }
}

for (const filtering of [SMALL_TILES, LARGE_TILES]) {
  const { tile } = filtering, planes = (tile + 2) ** 2, name = `of ${tile} × ${tile} tiles`;

  Deno.test(`winogradInput ${name} is Bᵀ d B of each`, () => {
    const heap = openHeap(), images = imagesOf({ step: tile, more: 2 });
    const pixels = noise(images.length);
    heap.floats(PIXELS, pixels.length).set(pixels);
    heap.call[`winogradInput${tile}`]!(...images.walk);
    const found = heap.floats(PLANES, planes * TILES * WIDTH);
    compareLanes(
      (at, channel) => planesOf(found, filtering, [at, channel]),
      (at, channel) => transformInput(images.tile(pixels, at, channel), filtering),
    );
  });

  Deno.test(`winogradGradient ${name} is A d Aᵀ of each, 0 where there is no channel`, () => {
    const heap = openHeap(), images = imagesOf({ step: tile, more: 0 });
    const pixels = noise(images.length);
    heap.floats(PIXELS, pixels.length).set(pixels);
    heap.call[`winogradGradient${tile}`]!(...images.walk);
    const found = heap.floats(PLANES, planes * TILES * WIDTH);
    compareLanes(
      (at, channel) => planesOf(found, filtering, [at, channel]),
      (at, channel) => transformOutputGradient(images.tile(pixels, at, channel), filtering),
    );
    for (const channel of [6, 7]) assert(every(found, WIDTH, channel).every((x) => x === 0));
  });

  Deno.test(`winogradOutput ${name} is Aᵀ m A of each, with bias, no less than the floor`, () => {
    const heap = openHeap(), images = imagesOf({ step: tile, more: 0 });
    const bias = [1, -2, 3, -4, 5, -6, 0, 0], floor = -5;
    const values = noise(planes * TILES * WIDTH);
    heap.floats(PLANES, values.length).set(values);
    heap.floats(BIAS, WIDTH).set(bias);
    heap.floats(FLOOR, 1)[0] = floor;
    const behind = heap.floats(PIXELS, images.length + 4).fill(7).subarray(images.length);
    heap.call[`winogradOutput${tile}`]!(...images.walk, BIAS, FLOOR);
    const found = heap.floats(PIXELS, images.length);
    compareLanes(
      (at, channel) => images.tile(found, at, channel),
      (at, channel) =>
        transformOutput(planesOf(values, filtering, [at, channel]), filtering)
          .map((row) => row.map((value) => Math.max(floor, value + bias[channel]!))),
    );
    assertEquals([...behind], [7, 7, 7, 7]);
  });

  Deno.test(`transformKernel() ${name} is G g Gᵀ of each pair of channels`, () => {
    const heap = openHeap(), [depth, channels] = [3, 8], pairs = depth * channels;
    const kernel = noise(9 * pairs);
    const layout = {
      slabs: Array.from({ length: 9 }, (_, tap) => tap * pairs),
      ...{ depth, depthStride: channels, channels, channelStride: 1 },
    };
    const plane = transformKernel(heap, {
      ...{ kernel, layout, filtering, taps: PIXELS, planes: PLANES },
    });
    const found = heap.floats(PLANES, planes * plane / FLOAT);
    for (let pair = 0; pair < pairs; pair++) {
      const expected = expectedKernel(matrixOf(every(kernel, pairs, pair), 3), filtering).flat();
      assert(relativeError(every(found, plane / FLOAT, pair), expected) < 1e-6);
    }
  });

  Deno.test(`sumsOfKernel() ${name} is Gᵀ u G of each pair of channels`, () => {
    const heap = openHeap(), [length, channels] = [7, 12];
    const layout = sumsOf({ taps: planes, length, channels });
    const { sums: [panel], floats } = layout;
    assertEquals(layout.sums.length, 1);
    const sums = noise(floats);
    heap.floats(PLANES, floats).set(sums);
    const gradient = sumsOfKernel(heap, {
      ...{ planes: layout, sums: PLANES, filtering, kernel: PIXELS, constants: BIAS },
    });
    const plane = floats / planes;
    for (let pair = 0; pair < length * channels; pair++) {
      const [row, column] = [Math.floor(pair / channels), pair % channels];
      const own = every(sums, plane, row * 4 * panel!.vectors + column);
      const expected = transformKernelGradient(matrixOf(own, tile + 2), filtering).flat();
      assert(relativeError(every(gradient, length * channels, pair), expected) < 1e-6);
    }
  });
}

Deno.test("filteringOf() takes the largest tiles that fit, and none for few channels", () => {
  const tileOf = (output: [number, number], { channels = 16, strides = 1, forward = false } = {}) =>
    filteringOf({
      ...{ input: [1, ...output, 16], before: [1, 1], padded: [output[0] + 2, output[1] + 2] },
      ...{ strides: [strides, strides], kernel: [3, 3], output, channels },
      target: { origin: 0, image: 0, row: 0, column: 0 },
    }, { forward })?.tile;
  assertEquals(tileOf([8, 12]), 4);
  assertEquals(tileOf([8, 14]), 2);
  assertEquals(tileOf([8, 7]), undefined);
  assertEquals(tileOf([8, 8], { channels: 7 }), undefined);
  assertEquals(tileOf([8, 8], { forward: true }), 2);
  assertEquals(tileOf([8, 8], { strides: 2 }), undefined);
});
