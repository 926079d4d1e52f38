/**
 * The self-test of a library, a program of its own: a broken library, or a processor that lacks an
 * instruction, ends the process that loads it.
 *
 * `deno run --allow-read --allow-env --allow-ffi proof.ts FOLDER` exits with 0 when it computes
 * the gradients of a convolution correctly.
 *
 * @module
 */
import { encodeAttributes } from "../ffi/attribute.ts";
import { openContext } from "../ffi/context.ts";
import type { EagerContext, TensorId } from "../ffi/eager_context.ts";
import { withoutStderr } from "../ffi/libc.ts";

const FLOAT = encodeAttributes({ name: "T", kind: "type", value: "float32" });
const CONV = encodeAttributes(
  { name: "T", kind: "type", value: "float32" },
  { name: "strides", kind: "int[]", value: [1, 1, 1, 1] },
  { name: "padding", kind: "string", value: "SAME" },
);
const INPUT = [2, 8, 8, 3];
const FILTER = [3, 3, 3, 4];

/** Weighted sums of both gradients of sum(relu(conv2d(x, w))²), by TensorFlow.js's cpu backend. */
export const EXPECTED = [-60.84807629324496, -522.6560221016407] as const;

/** Values that are exact in float32 and easy to reproduce. */
export function pattern(size: number, factor: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => (i * factor % 11 - 5) / 5);
}

/** One number for an array, which depends on the position of every value. */
export function digest(values: Iterable<number>): number {
  let sum = 0;
  let i = 0;
  for (const value of values) sum += value * (i++ % 5);
  return sum;
}

/**
 * Compute what {@linkcode EXPECTED} holds.
 *
 * @param context The context; its tensors are freed.
 * @returns The sums for x and w.
 */
export function gradients(context: EagerContext): readonly [number, number] {
  const one = (op: string, attributes: typeof FLOAT, ...inputs: TensorId[]): TensorId =>
    context.execute(op, attributes, inputs)[0]!;
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b);
  const shape = (dims: readonly number[]) => context.tensor([4], "int32", Int32Array.from(dims));
  const x = context.tensor(INPUT, "float32", pattern(size(INPUT), 7));
  const w = context.tensor(FILTER, "float32", pattern(size(FILTER), 3));
  const y = one("Relu", FLOAT, one("Conv2D", CONV, x, w));
  const dy = one("ReluGrad", FLOAT, one("AddV2", FLOAT, y, y), y);
  const dx = one("Conv2DBackpropInput", CONV, shape(INPUT), w, dy);
  const dw = one("Conv2DBackpropFilter", CONV, x, shape(FILTER), dy);
  return [digest(context.read(dx) as Float32Array), digest(context.read(dw) as Float32Array)];
}

function main(folder: string): number {
  const found = withoutStderr(() => {
    using context = openContext(folder, { threads: 1 });
    return gradients(context);
  });
  return found.every((value, i) => Math.abs(value / EXPECTED[i]! - 1) < 1e-3) ? 0 : 3;
}

if (import.meta.main) Deno.exit(main(Deno.args[0] ?? "."));
