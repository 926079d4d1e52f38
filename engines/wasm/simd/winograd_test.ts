import { assertEquals } from "@std/assert";
import {
  type Matrix,
  transformInput,
  transformKernel as expectedKernel,
  transformKernelGradient,
  transformOutput,
  transformOutputGradient,
} from "../../winograd.ts";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";
import { noise } from "./testing.ts";
import { kernelOfPlanes, transformKernel } from "./winograd.ts";

/** The routines over a memory of their own. */
function openHeap(): Heap {
  const memory = new WebAssembly.Memory({ initial: 2 });
  return heapOf({ wasm: { asm: { memory } } } as unknown as WasmBackend);
}

/** Whole numbers, so that no transform rounds. */
const integers = (size: number): Float32Array => noise(size).map((value) => Math.round(9 * value));

/** Numbers as a matrix of so many columns. */
const matrixOf = (values: ArrayLike<number>, columns: number): Matrix =>
  Array.from(
    { length: values.length / columns },
    (_, row) => Array.from({ length: columns }, (_, column) => values[row * columns + column]! + 0),
  );

/** Each of `step` neighbours of an array apart. */
const every = (values: Float32Array, step: number, from: number): Float32Array =>
  values.filter((_, at) => at % step === from);

const [TILES, CHANNELS, FLOAT] = [2, 4, 4];
const LANES = TILES * CHANNELS;
/** Addresses of pixels and planes. */
const [PIXELS, PLANES, BIAS, FLOOR] = [1024, 8192, 256, 512];
const PIXEL = CHANNELS * FLOAT;
const PLANE = LANES * FLOAT;

/** The part of a row of pixels that a tile looks at, for one channel. */
const tileOf = (pixels: Float32Array, { width, tile, size, channel }: {
  readonly width: number;
  readonly tile: number;
  readonly size: number;
  readonly channel: number;
}): Matrix =>
  matrixOf(every(pixels, CHANNELS, channel), width)
    .map((row) => row.slice(2 * tile, 2 * tile + size));

/** Call `check` for each tile and channel. */
function forLanes(check: (tile: number, channel: number) => void): void {
  for (let lane = 0; lane < LANES; lane++) check(Math.floor(lane / CHANNELS), lane % CHANNELS);
}

/** The planes of one tile and channel, as a matrix. */
const planesOf = (planes: Float32Array, tile: number, channel: number): Matrix =>
  matrixOf(every(planes, LANES, tile * CHANNELS + channel), 4);

Deno.test("winogradInput is Bᵀ d B of each tile", () => {
  const heap = openHeap(), width = 6;
  const pixels = integers(4 * width * CHANNELS);
  heap.floats(PIXELS, pixels.length).set(pixels);
  heap.call["winogradInput"]!(TILES, 1, PIXELS, PIXEL, width * PIXEL, PLANES, PLANE);
  const planes = heap.floats(PLANES, 16 * LANES);
  forLanes((tile, channel) => {
    const expected = transformInput(tileOf(pixels, { width, tile, size: 4, channel }));
    assertEquals(planesOf(planes, tile, channel), matrixOf(expected.flat(), 4));
  });
});

Deno.test("winogradOutput is Aᵀ m A of each tile, with bias, and no less than the floor", () => {
  const heap = openHeap(), width = 4, bias = [1, -2, 3, -4], floor = -5;
  const planes = integers(16 * LANES);
  heap.floats(PLANES, planes.length).set(planes);
  heap.floats(BIAS, CHANNELS).set(bias);
  heap.floats(FLOOR, 1)[0] = floor;
  heap.call["winogradOutput"]!(
    ...[TILES, 1, PLANES, PLANE, PIXELS, PIXEL, width * PIXEL, CHANNELS, BIAS, FLOOR],
  );
  const pixels = heap.floats(PIXELS, 2 * width * CHANNELS);
  forLanes((tile, channel) => {
    const expected = transformOutput(planesOf(planes, tile, channel))
      .map((row) => row.map((value) => Math.max(floor, value + bias[channel]!)));
    const actual = tileOf(pixels, { width, tile, size: 2, channel });
    assertEquals(actual, matrixOf(expected.flat(), 2));
  });
});

Deno.test("winogradGradient is A d Aᵀ of each tile", () => {
  const heap = openHeap(), width = 4;
  const pixels = integers(2 * width * CHANNELS);
  heap.floats(PIXELS, pixels.length).set(pixels);
  heap.call["winogradGradient"]!(
    ...[TILES, 1, PIXELS, PIXEL, width * PIXEL, CHANNELS, PLANES, PLANE],
  );
  const planes = heap.floats(PLANES, 16 * LANES);
  forLanes((tile, channel) => {
    const expected = transformOutputGradient(tileOf(pixels, { width, tile, size: 2, channel }));
    assertEquals(planesOf(planes, tile, channel), matrixOf(expected.flat(), 4));
  });
});

Deno.test("transformKernel() is G g Gᵀ of each pair of channels, to the bit", () => {
  const [depth, channels] = [3, 4];
  const pairs = depth * channels;
  const kernel = noise(9 * pairs);
  const planes = new Float32Array(16 * pairs);
  const slabs = Array.from({ length: 9 }, (_, tap) => tap * pairs);
  transformKernel(planes, kernel, {
    ...{ slabs, depth, depthStride: channels, channels, channelStride: 1 },
  });
  for (let pair = 0; pair < pairs; pair++) {
    const expected = expectedKernel(matrixOf(every(kernel, pairs, pair), 3)).flat();
    assertEquals(every(planes, pairs, pair), Float32Array.from(expected));
  }
});

Deno.test("kernelOfPlanes() is Gᵀ u G of each pair of channels, up to the order of additions", () => {
  const pairs = 5;
  const planes = integers(16 * pairs);
  const kernel = new Float32Array(9 * pairs);
  kernelOfPlanes(kernel, planes);
  for (let pair = 0; pair < pairs; pair++) {
    const expected = transformKernelGradient(matrixOf(every(planes, pairs, pair), 4));
    assertEquals(matrixOf(every(kernel, pairs, pair), 3), matrixOf(expected.flat(), 3));
  }
});
