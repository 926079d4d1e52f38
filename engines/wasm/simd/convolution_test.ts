import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type ConvInfo, forwardOf, inputGradientOf, runCorrelation } from "./convolution.ts";
import { filterGradient } from "./filter_gradient.ts";
import { noise, tightHeap } from "./testing.ts";

const GUARD = 12345;
const LOW = 2 ** 20;

/** An odd geometry whose tails are ragged everywhere. */
const infoOf = (pad: "same" | "valid", strides = 1): ConvInfo =>
  tf.backend_util.computeConv2DInfo([3, 7, 5, 7], [3, 2, 7, 11], strides, 1, pad);

interface Sizes {
  x: number;
  filter: number;
  dy: number;
}

const sizesOf = (info: ConvInfo): Sizes => ({
  x: tf.util.sizeFromShape(info.inShape),
  filter: tf.util.sizeFromShape(info.filterShape),
  dy: tf.util.sizeFromShape(info.outShape),
});

/** Run all three kernels with one tensor at the very end of the memory, between guards. */
function runAtEnd(info: ConvInfo, atEnd: keyof Sizes): number[] {
  const sizes = sizesOf(info);
  const { heap, place } = tightHeap(32);
  let low = LOW;
  const guards: [pointer: number, length: number][] = [];
  const pointers = {} as Sizes;
  for (const [at, key] of (["x", "filter", "dy"] as const).entries()) {
    const values = noise(sizes[key], at + 1);
    if (key === atEnd) pointers[key] = place(values);
    else {
      heap.floats(low, values.length + 32).fill(GUARD);
      guards.push([low, 16], [low + 64 + values.byteLength, 16]);
      pointers[key] = low + 64;
      heap.floats(pointers[key], values.length).set(values);
      low += values.byteLength + 128;
    }
  }
  guards.push([pointers[atEnd] - 64, 16]);
  heap.floats(pointers[atEnd] - 64, 16).fill(GUARD);
  const sums: number[] = [];
  const digest = (pointer: number, length: number) =>
    sums.push(heap.floats(pointer, length).reduce((sum, value, index) => sum + value * index, 0));
  runCorrelation(heap, forwardOf(info), {
    x: pointers.x,
    kernel: pointers.filter,
    out: pointers.dy,
    layout: {
      slabs: [0],
      depth: info.filterHeight * info.filterWidth * info.inChannels,
      depthStride: info.outChannels,
      channels: info.outChannels,
      channelStride: 1,
    },
  });
  digest(pointers.dy, sizes.dy);
  filterGradient(heap, info, { x: pointers.x, dy: pointers.dy, out: pointers.filter });
  digest(pointers.filter, sizes.filter);
  for (const { correlation, layout } of inputGradientOf(info)) {
    runCorrelation(heap, correlation, {
      x: pointers.dy,
      kernel: pointers.filter,
      out: pointers.x,
      layout,
    });
  }
  digest(pointers.x, sizes.x);
  for (const [pointer, length] of guards) {
    assert(heap.floats(pointer, length).every((value) => value === GUARD), "a guard was written");
  }
  return sums;
}

Deno.test("convolution reads and writes no byte past its tensors", () => {
  for (const info of [infoOf("same"), infoOf("valid"), infoOf("same", 2)]) {
    const [x, filter, dy] = (["x", "filter", "dy"] as const).map((key) => runAtEnd(info, key));
    assert(x!.every(Number.isFinite));
    assertEquals(x, filter);
    assertEquals(x, dy);
  }
});

Deno.test("inputGradientOf() splits the taps by the stride", () => {
  const info = tf.backend_util.computeConv2DInfo([1, 8, 8, 2], [3, 3, 2, 4], 2, 1, "valid");
  const phases = inputGradientOf(info);
  assertEquals(phases.map(({ correlation }) => correlation.kernel), [[2, 2], [2, 1], [1, 2], [
    1,
    1,
  ]]);
  assertEquals(phases[0]!.layout.slabs, [8, 6, 2, 0].map((tap) => tap * 8));
  assertEquals(phases[3]!.correlation.target.origin, (8 + 1) * 2);
});
