/**
 * The Winograd passes and the TensorFlow ops that they stand for, one thread, side by side:
 * `TF_NUM_INTRAOP_THREADS=1 deno run -A engines/native/machine/winograd/winograd_bench.ts`. Read the
 * ratios; the milliseconds drift.
 *
 * @module
 */
import { encodeAttributes } from "../../native/ffi/attribute.ts";
import type { EagerContext, TensorId } from "../../native/ffi/eager_context.ts";
import { openRival, timeSideBySide } from "../side_by_side_bench.ts";
import { openWinogradPasses } from "./open.ts";
import type { Images } from "./winograd_passes.ts";

const ROUNDS = 25;
const BATCH = 64;

/** Sizes of the images, channels in and out: full widths of ResNet-20 and pruned ones. */
const SHAPES = [
  ...[[32, 16, 16], [32, 11, 13], [32, 5, 8], [16, 32, 32], [16, 22, 26], [16, 12, 19]],
  ...[[8, 64, 64], [8, 45, 51], [8, 23, 37]],
] as const;

/** Something to time. */
interface Case {
  readonly name: string;
  readonly machine: () => void;
  readonly tensorFlow?: (() => TensorId[]) | undefined;
}

const arrays: Float32Array<ArrayBuffer>[] = [];

function random(size: number): Float32Array<ArrayBuffer> {
  const array = Float32Array.from({ length: size }, () => Math.random() - 0.5);
  arrays.push(array);
  return array;
}

function imagesOf(side: number, channels: number): Images {
  const array = random(BATCH * side ** 2 * channels);
  const address = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(array)));
  return { address, batch: BATCH, height: side, width: side, channels };
}

/** TensorFlow's ops, where the library is installed. */
function opsOf(
  context: EagerContext | undefined,
  [side, from, to]: readonly [number, number, number],
) {
  if (!context) return {};
  const tensor = (...shape: number[]) =>
    context.tensor(shape, "float32", random(shape.reduce((a, b) => a * b)));
  const shape = (...sizes: number[]) => context.tensor([4], "int32", Int32Array.from(sizes));
  const attributes = encodeAttributes(
    { name: "T", kind: "type", value: "float32" },
    { name: "strides", kind: "int[]", value: [1, 1, 1, 1] },
    { name: "padding", kind: "string", value: "SAME" },
    { name: "data_format", kind: "string", value: "NHWC" },
  );
  const [x, y] = [tensor(BATCH, side, side, from), tensor(BATCH, side, side, to)];
  const kernel = tensor(3, 3, from, to);
  const [xShape, kernelShape] = [shape(BATCH, side, side, from), shape(3, 3, from, to)];
  const run = (name: string, ...inputs: TensorId[]) => () =>
    context.execute(name, attributes, inputs);
  return {
    convolve: run("Conv2D", x, kernel),
    inputGradient: run("Conv2DBackpropInput", xShape, kernel, y),
    kernelGradient: run("Conv2DBackpropFilter", x, kernelShape, y),
  };
}

function casesOf(
  context: EagerContext | undefined,
  sizes: readonly [number, number, number],
): Case[] {
  const [side, from, to] = sizes;
  const ops = opsOf(context, sizes);
  const [x, y] = [imagesOf(side, from), imagesOf(side, to)];
  const kernel = random(9 * from * to);
  return [
    {
      name: "convolve",
      machine: () => passes.convolve(x, { kernel, y }),
      tensorFlow: ops.convolve,
    },
    {
      name: "inputGradient",
      machine: () => passes.inputGradient(y, { kernel, dx: x }),
      tensorFlow: ops.inputGradient,
    },
    {
      name: "kernelGradient",
      machine: () => void passes.kernelGradient(x, { dy: y }),
      tensorFlow: ops.kernelGradient,
    },
  ];
}

// deno-lint-ignore no-console -- a benchmark prints
const print = console.log;
const passes = openWinogradPasses();
const context = await openRival();
for (const sizes of SHAPES) {
  const [side, from, to] = sizes;
  print(`${BATCH} images of ${side} × ${side}, ${from} to ${to} channels`);
  for (const { name, machine, tensorFlow } of casesOf(context, sizes)) {
    const { first, ours, theirs } = timeSideBySide({ machine, tensorFlow }, {
      context,
      rounds: ROUNDS,
    });
    const speed = (ms: number): string =>
      (18e-6 * BATCH * side ** 2 * from * to / ms).toFixed(0).padStart(4);
    print(
      `  ${name.padEnd(15)}${ours.toFixed(3).padStart(7)} ms ${speed(ours)} GFLOP/s` +
        `  TensorFlow ${theirs.toFixed(3).padStart(7)} ms ${speed(theirs)} GFLOP/s` +
        `  ${(theirs / ours).toFixed(2)} times  first ${first.toFixed(2)} ms`,
    );
  }
}
