import type { ExecutorOps } from "@espalier/supernet/engine";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { executorConformance, referenceOps } from "./mod.ts";

const shape = [1, 2, 2, 1] as const;

/** The kit on passes of which some are changed. */
function kit(change: (ops: ExecutorOps) => Partial<ExecutorOps>) {
  const reference = referenceOps();
  const ops: ExecutorOps = {
    upload: (...args) => reference.upload(...args),
    read: (x) => reference.read(x),
    free: (...xs) => reference.free(...xs),
    convolve: (...args) => reference.convolve(...args),
    pool: (...args) => reference.pool(...args),
    moments: (x) => reference.moments(x),
    affine: (...args) => reference.affine(...args),
    affineGradient: (...args) => reference.affineGradient(...args),
  };
  const changed = { ...ops, ...change(ops) };
  return executorConformance({ start: () => changed, live: () => reference.live, draws: 12 });
}

async function fails(change: (ops: ExecutorOps) => Partial<ExecutorOps>, part: string) {
  const found = [...kit(change)].filter(({ name }) => name.includes(part));
  assertEquals(found.length, 1, `cases named "${part}"`);
  await assertRejects(() => found[0]!.fn(), Error, "Conformance: ");
}

Deno.test("executorConformance() passes the reference", async () => {
  for (const { fn } of kit(() => ({}))) await fn();
});

Deno.test("executorConformance() passes engines that leave what they may to the executor", async () => {
  const lacking = (ops: ExecutorOps): Partial<ExecutorOps> => ({
    lacks: ["max", "pool-padding"],
    affine(x, map) {
      assertEquals(map.max, undefined);
      return ops.affine(x, map);
    },
    affineGradient(x, options) {
      assertEquals(options.max, undefined);
      return ops.affineGradient(x, options);
    },
    pool(x, options) {
      assertEquals(options.padding, [0, 0, 0, 0]);
      return ops.pool(x, options);
    },
  });
  for (const { fn } of kit(lacking)) await fn();
});

Deno.test("executorConformance() finds what breaks the rules", async () => {
  await fails(({ upload }) => ({ upload: (v, s) => upload(v.toReversed(), s) }), "uploaded");
  const symmetric = (ops: ExecutorOps): Partial<ExecutorOps> => ({
    convolve: (x, options) => ops.convolve(x, { ...options, padding: [1, 1, 1, 1] }),
  });
  await fails(symmetric, "executor: convolves, and");
  const shifted = (): Partial<ExecutorOps> => {
    const reference = referenceOps();
    return {
      ...{ upload: reference.upload.bind(reference), read: reference.read.bind(reference) },
      depthwise: (x, options) =>
        reference.depthwise(x, { ...options, kernel: options.kernel.toReversed() }),
    };
  };
  await fails(shifted, "by themselves");
  await fails(({ upload, read }) => ({
    view: (x, shape) => upload(read(x).toReversed(), shape),
  }), "another shape");
  await fails(({ upload }) => ({
    fromTensor: (x) => upload(x.dataSync<"float32">().map((value) => -value), x.shape),
  }), "features of tensors");
  const unclipped = ({ affine }: ExecutorOps): Partial<ExecutorOps> => ({
    affine: (x, { max: _, ...map }) => affine(x, map),
  });
  await fails(unclipped, "maps channels");
  const undisposed = (ops: ExecutorOps): Partial<ExecutorOps> => ({
    convolve: (x, options) => ({ ...ops.convolve(x, options), [Symbol.dispose]() {} }),
  });
  await fails(undisposed, "executor: convolves, and");
  await fails(
    ({ pool }) => ({ pool: (x, options) => pool(x, { ...options, pool: "max" }) }),
    "executor: pools",
  );
  const careless = ({ read }: ExecutorOps): Partial<ExecutorOps> => ({
    moments(x) {
      const channels = x.shape[3], values = read(x), pixels = values.length / channels;
      const mean = new Float64Array(channels), squares = new Float32Array(channels);
      values.forEach((value, i) => mean[i % channels]! += value / pixels);
      values.forEach((value, i) => squares[i % channels]! += value ** 2 / pixels);
      return { mean, variance: mean.map((value, c) => squares[c]! - value ** 2) };
    },
  });
  await fails(careless, "moments");
  await fails(
    ({ affine }) => ({ affine: (x, { scale: _, ...map }) => affine(x, map) }),
    "maps channels",
  );
  const maskless = ({ affineGradient }: ExecutorOps): Partial<ExecutorOps> => ({
    affineGradient: (x, { y: _, ...options }) => affineGradient(x, options),
  });
  await fails(maskless, "goes back through");
  const first = ({ affineGradient }: ExecutorOps): Partial<ExecutorOps> => ({
    affineGradient: (x, { dys, ...rest }) => affineGradient(x, { ...rest, dys: dys.slice(0, 1) }),
  });
  await fails(first, "goes back through");
});

Deno.test("referenceOps() convolves by hand-worked numbers, there and back", () => {
  const ops = referenceOps();
  const x = ops.upload(Float32Array.of(1, 2, 3, 4), shape);
  {
    using convolution = ops.convolve(x, {
      kernel: Float32Array.of(1, 10, 100, 1000),
      shape: [2, 2, 1, 1],
      strides: [1, 1],
      padding: [0, 1, 0, 0],
    });
    // 1 + 20 + 300 + 4000; below it the rows 3 4 and 0 0.
    const { output } = convolution;
    assertEquals([...ops.read(output)], [4321, 43]);
    const dy = ops.upload(Float32Array.of(1, 2), output.shape);
    const dx = convolution.inputGradient(dy);
    assertEquals([...ops.read(dx)], [1, 10, 100 + 2, 1000 + 20]);
    assertEquals([...convolution.kernelGradient(dy)], [1 + 2 * 3, 2 + 2 * 4, 3, 4]);
    ops.free(output, dy, dx);
    assertEquals(ops.live, 2);
  }
  assertEquals(ops.live, 1);
  ops.free(x);
});

Deno.test("referenceOps() pools and finds moments by hand-worked numbers", () => {
  const ops = referenceOps();
  const x = ops.upload(Float32Array.of(1, 2, 3, 6), shape);
  assertEquals(ops.moments(x), { mean: Float64Array.of(3), variance: Float64Array.of(3.5) });
  for (const [pool, y, dx] of [["max", 6, [0, 0, 0, 8]], ["average", 3, [2, 2, 2, 2]]] as const) {
    using pooling = ops.pool(x, {
      ...{ pool, size: [2, 2], strides: [2, 2], padding: [0, 0, 0, 0] },
    });
    const dy = ops.upload(Float32Array.of(8), [1, 1, 1, 1]);
    const gradient = pooling.gradient(dy);
    assertEquals([...ops.read(pooling.output)], [y]);
    assertEquals([...ops.read(gradient)], [...dx]);
    ops.free(pooling.output, dy, gradient);
  }
  ops.free(x);
  assertEquals(ops.live, 0);
});

Deno.test("referenceOps() maps channels by hand-worked numbers, there and back", () => {
  const ops = referenceOps();
  const x = ops.upload(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]);
  const residual = ops.upload(Float32Array.of(5, -9), [1, 1, 2, 1]);
  const y = ops.affine(x, {
    matrix: Float32Array.of(1, 0, 2, 0, 1, -1),
    diagonal: false,
    bias: Float32Array.of(0, 0, 1),
    residual,
    scale: Float32Array.of(2, 1, 1),
    relu: true,
  });
  // 1 2 2·1−2+1, and 3 4 2·3−4+1; with 2·5 and −2·9 in the first channel.
  assertEquals([...ops.read(y)], [11, 2, 1, 0, 4, 3]);
  const a = ops.upload(Float32Array.of(1, 1, 1, 1, 1, 1), [1, 1, 2, 3]);
  const b = ops.upload(Float32Array.of(1, 0, 0, 9, 2, 0, 0, 9), [1, 1, 2, 4]);
  const full = ops.affineGradient(x, { dys: [a, b], channels: 3, y, diagonal: false });
  assertEquals([...ops.read(full.d)], [2, 1, 1, 0, 1, 1]);
  assertEquals([...full.bias], [2, 2, 2]);
  assertEquals([...full.matrix], [2, 1 + 3, 1 + 3, 4, 2 + 4, 2 + 4]);
  const part = ops.affineGradient(x, { dys: [b], channels: 1, diagonal: true });
  assertEquals([...ops.read(part.d)], [1, 2]);
  assertEquals([[...part.bias], [...part.matrix]], [[3], [1 + 2 * 3]]);
  ops.free(x, residual, y, a, b, full.d, part.d);
  assertEquals(ops.live, 0);
});

Deno.test("referenceOps() refuses what was freed or disposed", () => {
  const ops = referenceOps();
  const x = ops.upload(new Float32Array(4), shape);
  const convolution = ops.convolve(x, {
    kernel: Float32Array.of(1),
    shape: [1, 1, 1, 1],
    strides: [1, 1],
    padding: [0, 0, 0, 0],
  });
  ops.free(x);
  assertThrows(() => ops.read(x), Error, "freed");
  assertThrows(() => ops.free(x), Error, "freed before");
  const { output: dy } = convolution;
  assertThrows(() => convolution.kernelGradient(dy), Error, "read after it was freed");
  convolution[Symbol.dispose]();
  assertThrows(() => convolution.inputGradient(dy), Error, "disposed");
});
