import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { registerSimdKernels } from "./register.ts";
import { noise, relativeError, ROUNDING, runKernel } from "./testing.ts";

await tf.setBackend("wasm");
const stock = tf.getKernel("Conv2D", "wasm");

Deno.test("registerSimdKernels() changes nothing where relaxed SIMD is missing", () => {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    assertEquals(registerSimdKernels(), false);
  } finally {
    WebAssembly.validate = validate;
  }
  assertStrictEquals(tf.getKernel("Conv2D", "wasm"), stock);
  assertEquals(tf.getKernel("Conv2DBackpropFilter", "wasm"), undefined);
});

Deno.test("registerSimdKernels() registers once", () => {
  assert(registerSimdKernels());
  const ours = tf.getKernel("Conv2D", "wasm");
  assert(ours !== stock);
  assert(registerSimdKernels());
  assertStrictEquals(tf.getKernel("Conv2D", "wasm"), ours);
});

type Pad = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

interface Case {
  images: number;
  size: [number, number];
  kernel: [number, number];
  channels: [number, number];
  strides: [number, number];
  pad: Pad;
}

const side = fc.integer({ min: 0, max: 3 });
const cases: fc.Arbitrary<Case> = fc.record({
  images: fc.integer({ min: 1, max: 4 }),
  size: fc.tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 11 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  channels: fc.tuple(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 1, max: 29 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  pad: fc.oneof(
    fc.constantFrom<Pad>("same", "valid"),
    fc.integer({ min: 0, max: 3 }),
    fc.tuple(side, side, side, side).map(([top, bottom, left, right]): Pad => [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
  ),
});

const infoOf = ({ images, size, kernel, channels, strides, pad }: Case) =>
  tf.backend_util.computeConv2DInfo(
    [images, ...size, channels[0]],
    [...kernel, ...channels],
    strides,
    1,
    pad,
  );

/** The three kernels of a case on one backend. */
async function compute(backend: "cpu" | "wasm", example: Case): Promise<Float32Array[]> {
  const { strides, pad } = example;
  const { inShape: inputShape, filterShape, outShape } = infoOf(example);
  const tensor = (shape: number[], seed: number) => ({
    values: noise(tf.util.sizeFromShape(shape), seed),
    shape,
  });
  const [x, filter, dy] = [
    tensor(inputShape, 1),
    tensor(filterShape, 2),
    tensor(outShape, 3),
  ] as const;
  const attrs = { strides, pad, dataFormat: "NHWC", dilations: 1, inputShape, filterShape };
  const results = [
    await runKernel(backend, { name: "Conv2D", inputs: { x, filter }, attrs }),
    await runKernel(backend, { name: "Conv2DBackpropInput", inputs: { dy, filter }, attrs }),
    await runKernel(backend, { name: "Conv2DBackpropFilter", inputs: { x, dy }, attrs }),
  ];
  return results.flat();
}

const hasOutput = (example: Case): boolean =>
  infoOf(example).outShape.every((length) => length > 0);

async function assertAgrees(example: Case): Promise<void> {
  assert(registerSimdKernels());
  const expected = await compute("cpu", example);
  const actual = await compute("wasm", example);
  actual.forEach((values, at) => {
    const error = relativeError(values, expected[at]!);
    assert(error < ROUNDING, `kernel ${at} of ${JSON.stringify(example)} is off by ${error}`);
  });
}

Deno.test("convolution kernels agree with the cpu backend for any geometry", async () => {
  await fc.assert(
    fc.asyncProperty(cases.filter(hasOutput), assertAgrees),
    { numRuns: 120, seed: 1 },
  );
});

/** Geometries that go by tiles of 2 × 2, and their neighbours that do not. */
const tiles: fc.Arbitrary<Case> = fc.record({
  images: fc.integer({ min: 1, max: 4 }),
  size: fc.tuple(fc.integer({ min: 2, max: 10 }), fc.integer({ min: 2, max: 10 })),
  kernel: fc.constant<[number, number]>([3, 3]),
  channels: fc.tuple(fc.integer({ min: 7, max: 19 }), fc.integer({ min: 7, max: 29 })),
  strides: fc.constant<[number, number]>([1, 1]),
  pad: fc.constantFrom<Pad>("same", "valid", 2, [[0, 0], [2, 0], [0, 2], [0, 0]]),
});

Deno.test("convolution kernels agree with the cpu backend for 3 × 3 kernels", async () => {
  await fc.assert(
    fc.asyncProperty(tiles.filter(hasOutput), assertAgrees),
    { numRuns: 40, seed: 3 },
  );
});

Deno.test("convolution kernels agree with the cpu backend for the layers of a ResNet", async () => {
  const base = { images: 3, kernel: [3, 3], strides: [1, 1], pad: 1 } as const;
  const layers = [
    { size: [32, 32], channels: [3, 16] },
    { size: [16, 16], channels: [25, 19] },
    { size: [8, 8], channels: [57, 44], images: 2 },
    { size: [18, 20], channels: [9, 10] },
    { size: [16, 16], channels: [12, 25], strides: [2, 2] },
    { size: [8, 8], channels: [11, 14], kernel: [1, 1], strides: [2, 2], pad: 0 },
    { size: [1, 1], channels: [64, 10], kernel: [1, 1], pad: 0, images: 200 },
  ];
  for (const layer of layers) await assertAgrees({ ...base, ...layer } as unknown as Case);
});

Deno.test("Conv2D leaves a dilated convolution to the kernel before it", async () => {
  assert(registerSimdKernels());
  const inputs = {
    x: { values: noise(98), shape: [1, 7, 7, 2] },
    filter: { values: noise(54), shape: [3, 3, 2, 3] },
  };
  const attrs = { strides: 1, pad: "valid", dataFormat: "NHWC", dilations: 2 };
  const [expected] = await runKernel("cpu", { name: "Conv2D", inputs, attrs });
  const [actual] = await runKernel("wasm", { name: "Conv2D", inputs, attrs });
  assert(relativeError(actual!, expected!) < ROUNDING);
});

Deno.test("FusedConv2D adds bias and relu, and leaves the rest to the kernel before it", async () => {
  assert(registerSimdKernels());
  const inputs = {
    x: { values: noise(98), shape: [1, 7, 7, 2] },
    filter: { values: noise(54), shape: [3, 3, 2, 3] },
    bias: { values: noise(3), shape: [3] },
  };
  for (const activation of ["linear", "relu", "relu6"]) {
    const attrs = { strides: 2, pad: 1, dataFormat: "NHWC", dilations: 1, activation };
    const [expected] = await runKernel("cpu", { name: "FusedConv2D", inputs, attrs });
    const [actual] = await runKernel("wasm", { name: "FusedConv2D", inputs, attrs });
    assert(relativeError(actual!, expected!) < ROUNDING, activation);
  }
});

Deno.test("convolution kernels survive growth of the heap", async () => {
  await tf.setBackend("wasm");
  assert(registerSimdKernels());
  const big: [number, number, number, number] = [2, 512, 512, 5];
  const x = tf.tensor(noise(tf.util.sizeFromShape(big)), big) as tf.Tensor4D;
  const identity = tf.tidy(() =>
    tf.pad(tf.reshape(tf.eye(5), [1, 1, 5, 5]), [[1, 1], [1, 1], [0, 0], [0, 0]])
  );
  const y = tf.conv2d(x, identity as tf.Tensor4D, 1, "same");
  const [expected, actual] = [x.dataSync(), y.dataSync()];
  tf.dispose([x, identity, y]);
  assertEquals(relativeError(actual, expected), 0);
});

Deno.test("convolution kernels make one tensor each and touch no other", async () => {
  await tf.setBackend("wasm");
  assert(registerSimdKernels());
  const neighbours = Array.from({ length: 40 }, (_, at) => tf.tensor(noise(1 + at % 7, at)));
  const before = neighbours.map((tensor) => tensor.dataSync().slice());
  tf.dispose(neighbours.splice(20, 10));
  before.splice(20, 10);
  const count = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.tensor(noise(2 * 25 * 3), [2, 5, 5, 3]) as tf.Tensor4D;
    const filter = tf.tensor(noise(9 * 15), [3, 3, 3, 5]) as tf.Tensor4D;
    tf.grads((x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same").sum()
    )([x, filter]);
  });
  assertEquals(tf.memory().numTensors, count);
  assertEquals(neighbours.map((tensor) => tensor.dataSync()), before);
  tf.dispose(neighbours);
});
