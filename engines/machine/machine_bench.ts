/**
 * The machine passes and the TensorFlow ops that they stand for, one thread, side by side:
 * `TF_NUM_INTRAOP_THREADS=1 deno run -A engines/native/machine/machine_bench.ts`. Read the ratios;
 * the milliseconds drift.
 *
 * @module
 */
import { encodeAttributes } from "../native/ffi/attribute.ts";
import type { EagerContext, TensorId } from "../native/ffi/eager_context.ts";
import { openMachinePasses, type Rows } from "./mod.ts";
import { openRival, timeSideBySide } from "./side_by_side_bench.ts";

const ROUNDS = 15;

const BATCH = 64;

/** Sizes of the images and channels: half a batch of ResNet-20. */
const SHAPES = [[32, 10], [32, 14], [32, 16], [16, 20], [16, 32], [8, 44], [8, 64]] as const;

/** Something to time. */
interface Case {
  readonly name: string;
  /** Numbers read and written, and multiplications with additions. */
  readonly floats: number;
  readonly products: number;
  readonly machine: () => void;
  readonly tensorFlow?: (() => TensorId[]) | undefined;
}

const random = (size: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: size }, () => Math.random() - 0.5);

function rowsOf(array: Float32Array<ArrayBuffer>, channels: number): Rows {
  return { address: BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(array))), channels };
}

/** TensorFlow's ops, where the library is installed. */
function opsOf(context: EagerContext | undefined, size: number, channels: number) {
  if (!context) return {};
  const image = [BATCH, size, size, channels];
  const rows = BATCH * size * size;
  const tensor = (shape: number[]) =>
    context.tensor(shape, "float32", random(shape.reduce((a, b) => a * b)));
  const [x, residual, y] = [tensor(image), tensor(image), tensor(image)];
  const [filter, bias] = [tensor([1, 1, channels, channels]), tensor([channels])];
  const xRows = tensor([rows, channels]);
  const shape = context.tensor([2], "int32", Int32Array.of(rows, channels));
  const axis = context.tensor([1], "int32", Int32Array.of(0));
  const fused = (extra: readonly TensorId[], names: readonly string[]) =>
    context.execute(
      "_MklNativeFusedConv2D",
      encodeAttributes(
        { name: "T", kind: "type", value: "float32" },
        { name: "strides", kind: "int[]", value: [1, 1, 1, 1] },
        { name: "padding", kind: "string", value: "VALID" },
        { name: "num_args", kind: "int", value: extra.length },
        { name: "TArgs", kind: "type[]", value: extra.map(() => "float32" as const) },
        { name: "fused_ops", kind: "string[]", value: names },
        { name: "filter_format", kind: "string", value: "HWIO" },
        { name: "_kernel", kind: "string", value: "MklNameChangeOp" },
      ),
      [x, filter, ...extra],
    );
  const op = (name: string, ...inputs: TensorId[]) =>
    context.execute(name, encodeAttributes(), inputs)[0]!;
  const product = (a: TensorId, b: TensorId) =>
    context.execute(
      "MatMul",
      encodeAttributes({ name: "transpose_a", kind: "bool", value: true }),
      [a, b],
    )[0]!;
  const sum = (a: TensorId) => context.execute("Sum", encodeAttributes(), [a, axis])[0]!;
  return {
    moments: () => {
      const square = op("Square", xRows);
      return [sum(xRows), square, sum(square)];
    },
    affine: () => fused([bias], ["BiasAdd", "Relu"]),
    residual: () => fused([bias, residual], ["BiasAdd", "Add", "Relu"]),
    scaled: () => {
      const scaled = op("Mul", residual, bias);
      return [scaled, ...fused([bias, scaled], ["BiasAdd", "Add", "Relu"])];
    },
    diagonal: () => {
      const [scaled, other] = [op("Mul", x, bias), op("Mul", residual, bias)];
      const biased = op("AddV2", scaled, bias);
      const added = op("AddV2", biased, other);
      return [scaled, other, biased, added, op("Relu", added)];
    },
    gradient: () => {
      const d = op("ReluGrad", residual, y);
      const flat = op("Reshape", d, shape);
      return [d, flat, op("BiasAddGrad", flat), product(xRows, flat)];
    },
    gradient2: () => {
      const dy = op("AddV2", residual, x);
      const d = op("ReluGrad", dy, y);
      const flat = op("Reshape", d, shape);
      return [dy, d, flat, op("BiasAddGrad", flat), product(xRows, flat)];
    },
    gradientDiagonal: () => {
      const d = op("ReluGrad", residual, y);
      const flat = op("Reshape", d, shape);
      const products = op("Mul", xRows, flat);
      return [d, flat, op("BiasAddGrad", flat), products, op("BiasAddGrad", products)];
    },
  };
}

function casesOf(context: EagerContext | undefined, side: number, channels: number): Case[] {
  const rows = BATCH * side * side;
  const make = () => rowsOf(keep(random(rows * channels)), channels);
  const [x, residual, dy, dy2, y, d] = [make(), make(), make(), make(), make(), make()];
  const [matrix, bias, scale] = [random(channels * channels), random(channels), random(channels)];
  const ops = opsOf(context, side, channels);
  const size = rows * channels;
  const affine = (more: { residual?: Rows; scale?: Float32Array; diagonal?: boolean }) => () =>
    passes.affine(x, {
      ...{ rows, matrix, diagonal: false, bias, relu: true, y: d!, ...more },
      ...(more.diagonal && { matrix: bias }),
    });
  const gradient = (dys: Rows[], diagonal = false) => () =>
    void passes.gradient(x, { rows, dys, y: y, diagonal, d: d! });
  const products = size * channels;
  return [
    {
      ...{ name: "moments", floats: size, products: size },
      machine: () => void passes.moments(x, { rows }),
      tensorFlow: ops.moments,
    },
    {
      ...{ name: "affine, relu", floats: 2 * size, products },
      machine: affine({}),
      tensorFlow: ops.affine,
    },
    {
      ...{ name: "affine, residual", floats: 3 * size, products },
      machine: affine({ residual: residual }),
      tensorFlow: ops.residual,
    },
    {
      ...{ name: "affine, scaled residual", floats: 3 * size, products },
      machine: affine({ residual: residual, scale }),
      tensorFlow: ops.scaled,
    },
    {
      ...{ name: "affine, diagonal, residual", floats: 3 * size, products: size },
      machine: affine({ residual: residual, scale, diagonal: true }),
      tensorFlow: ops.diagonal,
    },
    {
      ...{ name: "gradient", floats: 4 * size, products },
      machine: gradient([dy]),
      tensorFlow: ops.gradient,
    },
    {
      ...{ name: "gradient, two dys", floats: 5 * size, products },
      machine: gradient([dy, dy2!]),
      tensorFlow: ops.gradient2,
    },
    {
      ...{ name: "gradient, diagonal", floats: 4 * size, products: size },
      machine: gradient([dy], true),
      tensorFlow: ops.gradientDiagonal,
    },
  ];
}

// deno-lint-ignore no-console -- a benchmark prints
const print = console.log;
const arrays: Float32Array<ArrayBuffer>[] = [];
function keep(array: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  arrays.push(array);
  return array;
}
const passes = openMachinePasses();
const context = await openRival();
for (const [side, channels] of SHAPES) {
  print(`[${BATCH * side ** 2}, ${channels}] to ${channels} channels`);
  for (const { name, floats, products, machine, tensorFlow } of casesOf(context, side, channels)) {
    const { first, ours, theirs } = timeSideBySide({ machine, tensorFlow }, {
      context,
      rounds: ROUNDS,
    });
    print(
      `  ${name.padEnd(27)}${ours.toFixed(3).padStart(7)} ms` +
        `${(4e-6 * floats / ours).toFixed(1).padStart(7)} GB/s` +
        `${(2e-6 * products / ours).toFixed(1).padStart(7)} GFLOP/s` +
        `  TensorFlow ${theirs.toFixed(3).padStart(7)} ms ${(theirs / ours).toFixed(1)} times` +
        `  first ${first.toFixed(2)} ms`,
    );
  }
}
