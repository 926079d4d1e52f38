// deno-lint-ignore-file no-console -- a script that prints a table
/**
 * The machine code's passes and the TensorFlow ops that they stand for, one thread, in turns:
 * `TF_NUM_INTRAOP_THREADS=1 deno run -A engines/machine/machine_bench.ts`. Read the ratios; the
 * milliseconds drift.
 *
 * @module
 */
import { encodeAttributes } from "../native/ffi/attribute.ts";
import { openContext } from "../native/ffi/context.ts";
import type { EagerContext, TensorId } from "../native/ffi/eager_context.ts";
import { withoutStderr } from "../native/ffi/libc.ts";
import { findLibrary } from "../native/install/folder.ts";
import { openMachinePasses, openWinogradPasses, type Rows } from "./mod.ts";

const [WARM_UPS, ROUNDS] = [3, 15];
/** Half a batch of ResNet-20: what one of two ranks has. */
const BATCH = 64;

/** Side of the images, and channels, of rows. */
const ROWS = [[32, 10], [32, 14], [32, 16], [16, 20], [16, 32], [8, 44], [8, 64]] as const;

/** Side of the images, channels in and out, of convolutions: full widths and pruned ones. */
const CONVOLUTIONS = [
  ...[[32, 16, 16], [32, 11, 13], [32, 5, 8], [16, 32, 32], [16, 22, 26], [16, 12, 19]],
  ...[[8, 64, 64], [8, 45, 51], [8, 23, 37]],
] as const;

/** Something to time, both ways. */
interface Case {
  readonly name: string;
  /** Numbers read and written, and multiplications with additions. */
  readonly floats: number;
  readonly products: number;
  readonly machine: () => void;
  readonly tensorFlow: (() => TensorId[]) | undefined;
}

/** Ops by TensorFlow, where the library is installed. */
type Ops<Name extends string> = Partial<Record<Name, () => TensorId[]>>;

// Held, so that their memory stays where it is.
const arrays: Float32Array<ArrayBuffer>[] = [];
function random(size: number): Float32Array<ArrayBuffer> {
  const array = Float32Array.from({ length: size }, () => Math.random() - 0.5);
  arrays.push(array);
  return array;
}
const productOf = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b);

function rowsOf(size: number, channels: number): Rows {
  const pointer = Deno.UnsafePointer.of(random(size));
  return { address: BigInt(Deno.UnsafePointer.value(pointer)), channels };
}

function tensorMaker(context: EagerContext): (...shape: number[]) => TensorId {
  return (...shape) => context.tensor(shape, "float32", random(productOf(shape)));
}

function rowOps(context: EagerContext, side: number, channels: number) {
  const [rows, make] = [BATCH * side * side, tensorMaker(context)];
  const image = () => make(BATCH, side, side, channels);
  const [x, residual, y, xRows] = [image(), image(), image(), make(rows, channels)];
  const [filter, bias] = [make(1, 1, channels, channels), make(channels)];
  const shape = context.tensor([2], "int32", Int32Array.of(rows, channels));
  const axis = context.tensor([1], "int32", Int32Array.of(0));
  const op = (name: string, ...inputs: TensorId[]): TensorId =>
    context.execute(name, encodeAttributes(), inputs)[0]!;
  const fused = (extra: readonly TensorId[], ...names: readonly string[]): TensorId[] =>
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
  const transposed = encodeAttributes({ name: "transpose_a", kind: "bool", value: true });
  const gradient = (dy: TensorId, products: (d: TensorId) => TensorId[]): TensorId[] => {
    const d = op("ReluGrad", dy, y);
    const flat = op("Reshape", d, shape);
    return [d, flat, op("BiasAddGrad", flat), ...products(flat)];
  };
  const matrix = (d: TensorId) => context.execute("MatMul", transposed, [xRows, d]);
  return {
    moments: () => {
      const square = op("Square", xRows);
      return [op("Sum", xRows, axis), square, op("Sum", square, axis)];
    },
    affine: () => fused([bias], "BiasAdd", "Relu"),
    residual: () => fused([bias, residual], "BiasAdd", "Add", "Relu"),
    scaled: () => {
      const scaled = op("Mul", residual, bias);
      return [scaled, ...fused([bias, scaled], "BiasAdd", "Add", "Relu")];
    },
    diagonal: () => {
      const [scaled, other] = [op("Mul", x, bias), op("Mul", residual, bias)];
      const biased = op("AddV2", scaled, bias);
      const added = op("AddV2", biased, other);
      return [scaled, other, biased, added, op("Relu", added)];
    },
    gradient: () => gradient(residual, (d) => matrix(d)),
    gradient2: () => {
      const dy = op("AddV2", residual, x);
      return [dy, ...gradient(dy, (d) => matrix(d))];
    },
    gradientDiagonal: () =>
      gradient(residual, (d) => {
        const products = op("Mul", xRows, d);
        return [products, op("BiasAddGrad", products)];
      }),
  };
}

function rowCases(context: EagerContext | undefined, side: number, channels: number): Case[] {
  const rows = BATCH * side * side, size = rows * channels, all = size * channels;
  const make = () => rowsOf(size, channels);
  const [x, residual, dy, dy2, y, d] = [make(), make(), make(), make(), make(), make()];
  const [matrix, bias, scale] = [random(channels ** 2), random(channels), random(channels)];
  const map = { rows, matrix, diagonal: false, bias, relu: true, y: d };
  const affine = (more: Partial<Parameters<typeof passes.affine>[1]>) => () =>
    passes.affine(x, { ...map, ...more });
  const gradient = (dys: Rows[], diagonal = false) => () =>
    void passes.gradient(x, { rows, dys, y, diagonal, d });
  const ops: Ops<keyof ReturnType<typeof rowOps>> = context ? rowOps(context, side, channels) : {};
  const one = (
    name: string,
    [floats, products]: readonly [number, number],
    ways: Pick<Case, "machine" | "tensorFlow">,
  ): Case => ({ name, floats: floats * size, products, ...ways });
  const diagonal = { residual, scale, diagonal: true, matrix: bias };
  const moments = () => void passes.moments(x, { rows });
  return [
    one("moments", [1, size], { machine: moments, tensorFlow: ops.moments }),
    one("affine, relu", [2, all], { machine: affine({}), tensorFlow: ops.affine }),
    one("affine, residual", [3, all], {
      ...{ machine: affine({ residual }), tensorFlow: ops.residual },
    }),
    one("affine, scaled residual", [3, all], {
      ...{ machine: affine({ residual, scale }), tensorFlow: ops.scaled },
    }),
    one("affine, diagonal, residual", [3, size], {
      ...{ machine: affine(diagonal), tensorFlow: ops.diagonal },
    }),
    one("gradient", [4, all], { machine: gradient([dy]), tensorFlow: ops.gradient }),
    one("gradient, two dys", [5, all], { machine: gradient([dy, dy2]), tensorFlow: ops.gradient2 }),
    one("gradient, diagonal", [4, size], {
      ...{ machine: gradient([dy], true), tensorFlow: ops.gradientDiagonal },
    }),
  ];
}

function convolutionOps(
  context: EagerContext,
  [side, from, to]: readonly [number, number, number],
) {
  const make = tensorMaker(context);
  const shape = (...sizes: number[]) => context.tensor([4], "int32", Int32Array.from(sizes));
  const attributes = encodeAttributes(
    { name: "T", kind: "type", value: "float32" },
    { name: "strides", kind: "int[]", value: [1, 1, 1, 1] },
    { name: "padding", kind: "string", value: "SAME" },
    { name: "data_format", kind: "string", value: "NHWC" },
  );
  const [x, y] = [make(BATCH, side, side, from), make(BATCH, side, side, to)];
  const kernel = make(3, 3, from, to);
  const [xShape, kernelShape] = [shape(BATCH, side, side, from), shape(3, 3, from, to)];
  const run = (name: string, ...inputs: TensorId[]) => () =>
    context.execute(name, attributes, inputs);
  return {
    convolve: run("Conv2D", x, kernel),
    inputGradient: run("Conv2DBackpropInput", xShape, kernel, y),
    kernelGradient: run("Conv2DBackpropFilter", x, kernelShape, y),
  };
}

function convolutionCases(
  context: EagerContext | undefined,
  sizes: readonly [number, number, number],
): Case[] {
  const [side, from, to] = sizes, pixels = BATCH * side ** 2;
  const images = (channels: number) => ({
    ...{ ...rowsOf(pixels * channels, channels), batch: BATCH, height: side, width: side },
  });
  const [x, y, kernel] = [images(from), images(to), random(9 * from * to)];
  const ways = {
    convolve: () => winograd.convolve(x, { kernel, y }),
    inputGradient: () => winograd.inputGradient(y, { kernel, dx: x }),
    kernelGradient: () => void winograd.kernelGradient(x, { dy: y }),
  };
  const ops: Ops<keyof typeof ways> = context ? convolutionOps(context, sizes) : {};
  const names = Object.keys(ways) as (keyof typeof ways)[];
  return names.map((name) => ({
    ...{ name, floats: pixels * (from + to), products: 9 * pixels * from * to },
    ...{ machine: ways[name], tensorFlow: ops[name] },
  }));
}

function time(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1]!;

/** Time a case both ways in turns, and print medians; the first run makes the code. */
function report({ name, floats, products, machine, tensorFlow }: Case): void {
  const ours: number[] = [], theirs: number[] = [];
  const first = time(machine);
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    const own = time(machine);
    const other = tensorFlow ? time(() => context!.dispose(...tensorFlow())) : NaN;
    if (round < 0) continue;
    ours.push(own);
    theirs.push(other);
  }
  const [own, other] = [median(ours), median(theirs)];
  const cell = (value: number, digits: number): string => value.toFixed(digits).padStart(8);
  console.log(
    `  ${name.padEnd(27)}${cell(own, 3)} ms${cell(4e-6 * floats / own, 1)} GB/s` +
      `${cell(2e-6 * products / own, 1)} GFLOP/s  TensorFlow${cell(other, 3)} ms` +
      `${cell(other / own, 2)} times  first${cell(first, 2)} ms`,
  );
}

const passes = openMachinePasses();
const winograd = openWinogradPasses();
const { folder } = await findLibrary();
const context = folder && withoutStderr(() => openContext(folder, { threads: 1 })) || undefined;
for (const [side, channels] of ROWS) {
  console.log(`${BATCH} × ${side} × ${side} rows of ${channels} channels`);
  rowCases(context, side, channels).forEach(report);
}
for (const sizes of CONVOLUTIONS) {
  const [side, from, to] = sizes;
  console.log(`${BATCH} images of ${side} × ${side}, ${from} to ${to} channels, 3 × 3`);
  convolutionCases(context, [side!, from!, to!]).forEach(report);
}
