// deno-lint-ignore-file no-console -- a script that prints a table
/**
 * Time of every kernel of wasm against what it replaces, and of native, where that is installed; in
 * turns in one process: `deno run -A engines/kernels_bench.ts [batch] [rounds]`.
 *
 * Columns: TensorFlow.js's own wasm kernel ("—" where it has none), ours composed of its fast ones, the
 * same over our kernels of generated WebAssembly, and native; in ms, with the ratio to the first column
 * that has a number. Read the ratios; the milliseconds drift. The shapes are those of ResNet-20 on
 * 32 × 32 images, full and pruned.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { nativeEngine } from "./native/mod.ts";
import { registerWasmKernels } from "./wasm/register.ts";
import { registerSimdKernels } from "./wasm/simd/mod.ts";

interface Case {
  readonly kernel: string;
  readonly shapes: Record<string, number[]>;
  readonly attrs?: object;
}

type Shape4D = [number, number, number, number];

const batch = Number(Deno.args[0] ?? 64);
const rounds = Number(Deno.args[1] ?? 9);

function convolution(
  { size, channels, filter = 3, stride = 1 }: {
    size: number;
    channels: [number, number];
    filter?: number;
    stride?: number;
  },
): Case[] {
  const x: Shape4D = [batch, size, size, channels[0]];
  const dy: Shape4D = [batch, Math.ceil(size / stride), Math.ceil(size / stride), channels[1]];
  const w: Shape4D = [filter, filter, ...channels];
  const attrs = {
    ...{ strides: [stride, stride], pad: "same", dataFormat: "NHWC", dilations: [1, 1] },
  };
  return [
    { kernel: "Conv2D", shapes: { x, filter: w }, attrs },
    {
      kernel: "Conv2DBackpropInput",
      shapes: { dy, filter: w },
      attrs: { ...attrs, inputShape: x },
    },
    { kernel: "Conv2DBackpropFilter", shapes: { x, dy }, attrs: { ...attrs, filterShape: w } },
  ];
}

function perChannel(size: number, channels: number): Case[] {
  const x = [batch, size, size, channels], c = [channels];
  const pooling = { filterSize: 2, strides: 2, pad: "valid" };
  const half = [batch, size / 2, size / 2, channels];
  return [
    { kernel: "Sum", shapes: { x }, attrs: { axis: [0, 1, 2], keepDims: false } },
    { kernel: "Mean", shapes: { x }, attrs: { axis: [1, 2], keepDims: false } },
    { kernel: "Add", shapes: { a: x, b: c } },
    { kernel: "Multiply", shapes: { a: x, b: [batch, 1, 1, channels] } },
    {
      kernel: "FusedBatchNorm",
      shapes: { x, mean: c, variance: c, offset: c, scale: c },
      attrs: { varianceEpsilon: 1 },
    },
    {
      kernel: "Slice",
      shapes: { x },
      attrs: { begin: [0, 0, 0, 0], size: [batch, size, size, channels - 3] },
    },
    { kernel: "MaxPoolGrad", shapes: { dy: half, input: x, output: half }, attrs: pooling },
    { kernel: "AvgPoolGrad", shapes: { dy: half, input: x }, attrs: pooling },
    {
      kernel: "BatchMatMul",
      shapes: { a: [batch * size * size, channels], b: [batch * size * size, channels] },
      attrs: { transposeA: true, transposeB: false },
    },
    {
      kernel: "BatchMatMul",
      shapes: { a: [batch * size * size, channels], b: [channels, channels] },
      attrs: { transposeA: false, transposeB: true },
    },
  ];
}

/** A norm with what follows it, as the tape runs it. */
function unit(size: number, channels: number): Case[] {
  const x = [batch, size, size, channels], matrix = [channels, channels];
  return [
    { kernel: "EspalierColumnMoments", shapes: { x } },
    {
      kernel: "EspalierAffine",
      shapes: { x, matrix, bias: [channels], residual: x },
      attrs: { relu: true },
    },
    { kernel: "EspalierAffineGrad", shapes: { x, dy: x, y: x } },
  ];
}

const depthwise = (size: number, channels: number): Case[] => {
  const x = [batch, size, size, channels], filter = [3, 3, channels, 1];
  const attrs = { strides: 1, pad: "same", dilations: 1 };
  const input = { ...attrs, inputShape: x }, taps = { ...attrs, filterShape: filter };
  return [
    { kernel: "DepthwiseConv2dNativeBackpropInput", shapes: { dy: x, filter }, attrs: input },
    { kernel: "DepthwiseConv2dNativeBackpropFilter", shapes: { x, dy: x }, attrs: taps },
  ];
};

const cases: Case[] = [
  ...convolution({ size: 32, channels: [3, 16] }),
  ...convolution({ size: 32, channels: [16, 16] }),
  ...convolution({ size: 32, channels: [11, 11] }),
  ...convolution({ size: 32, channels: [16, 32], stride: 2 }),
  ...convolution({ size: 16, channels: [32, 32] }),
  ...convolution({ size: 16, channels: [25, 25] }),
  ...convolution({ size: 8, channels: [64, 64] }),
  ...convolution({ size: 8, channels: [51, 51] }),
  ...convolution({ size: 16, channels: [16, 32], filter: 1 }),
  ...perChannel(32, 16),
  ...perChannel(32, 11),
  ...perChannel(16, 25),
  ...perChannel(8, 64),
  ...depthwise(16, 32),
  ...unit(32, 16),
  ...unit(16, 25),
];

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

/** Time one call on new tensors, since a backend may cache by tensor. */
function once(kernel: tf.KernelFunc, { shapes, attrs = {} }: Case): number {
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tf.randomUniform(shape, 0.5, 1)]),
  );
  const backend = tf.backend();
  const start = performance.now();
  const results = [kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend })].flat();
  const elapsed = performance.now() - start;
  for (const { dataId } of results) backend.disposeData(dataId);
  tf.dispose(inputs);
  return elapsed;
}

/** The kernels of a column, on their backend. */
interface Column {
  readonly backend: string;
  readonly kernels: ReadonlyMap<string, tf.KernelFunc>;
}

function columnOf(backend: string): Column {
  const kernels = tf.getKernelsForBackend(backend);
  return { backend, kernels: new Map(kernels.map((k) => [k.kernelName, k.kernelFunc])) };
}

/** Register these kernels, as a kernel may call others. */
async function install({ backend, kernels }: Column): Promise<void> {
  await tf.setBackend(backend);
  for (const [kernelName, kernelFunc] of kernels) {
    if (tf.getKernel(kernelName, backend)?.kernelFunc === kernelFunc) continue;
    tf.unregisterKernel(kernelName, backend);
    tf.registerKernel({ kernelName, backendName: backend, kernelFunc });
  }
}

async function openColumns(): Promise<Column[]> {
  tf.enableProdMode();
  await tf.setBackend("wasm");
  const stock = columnOf("wasm");
  registerWasmKernels();
  const composed = columnOf("wasm");
  registerSimdKernels();
  const wasm = [stock, composed, columnOf("wasm")];
  if (await nativeEngine.unavailable() !== undefined) return wasm;
  await nativeEngine.start();
  return [...wasm, columnOf(tf.getBackend())];
}

const columns = await openColumns();
for (const c of cases) {
  const times: number[][] = columns.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, column] of columns.entries()) {
      const kernel = column.kernels.get(c.kernel);
      if (!kernel) continue;
      await install(column);
      const elapsed = once(kernel, c);
      if (round > 0) times[i]!.push(elapsed);
    }
  }
  const base = median(times.find((list) => list.length > 0)!);
  const cells = times.map((list) => {
    if (list.length === 0) return "—".padEnd(16);
    const time = median(list);
    return `${time.toFixed(2)} (${(time / base).toFixed(2)})`.padEnd(16);
  });
  const shapes = Object.values(c.shapes).map((shape) => shape.join("×")).join(" ");
  console.log(c.kernel.padEnd(36), shapes.padEnd(40), ...cells);
}
