/**
 * `Add`, `Sub`, `Multiply` and `RealDiv` of a big tensor and a small one that repeats
 * along a run of axes, as per-channel values do. The backend calls its inner loop once
 * for each repetition, which with 16 channels handles only 16 numbers. Here the small
 * tensor is repeated first, so that a call handles a few hundred.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";

/** Most numbers in one call of the inner loop. */
const WIDTH = 512;

interface Repeat {
  readonly outer: number;
  readonly times: number;
  readonly inner: number;
}

/** How `small` repeats along one run of axes of `big`; undefined where it does not. */
function repeatOf(big: number[], small: number[]): Repeat | undefined {
  const full = [...Array(big.length - small.length).fill(1), ...small] as number[];
  const missing = big.map((size, axis) => size !== full[axis]);
  const first = missing.indexOf(true), last = missing.lastIndexOf(true);
  if (first < 0) return undefined;
  const size = (from: number, to: number) => big.slice(from, to).reduce((a, b) => a * b, 1);
  const run = full.slice(first, last + 1).every((length) => length === 1);
  const inner = size(last + 1, big.length);
  if (!run || inner === 1) return undefined;
  return { outer: size(0, first), times: size(first, last + 1), inner };
}

/** The largest power of two that divides the repeats and keeps a row within the width. */
function widening({ times, inner }: Repeat): number {
  let factor = 1;
  while (times % (factor * 2) === 0 && factor * 2 * inner <= WIDTH) factor *= 2;
  return factor;
}

function tiled(
  workspace: Workspace,
  small: tf.TensorInfo,
  { outer, inner, factor }: Repeat & { factor: number },
): tf.TensorInfo {
  const made = workspace.empty([outer, 1, factor * inner]);
  const source = workspace.floats(small), target = workspace.floats(made);
  for (let row = 0; row < outer; row++) {
    for (let copy = 0; copy < factor; copy++) {
      const from = row * inner, to = (row * factor + copy) * inner;
      for (let i = 0; i < inner; i++) target[to + i] = source[from + i]!;
    }
  }
  return made;
}

function binary(name: string): WasmKernel {
  return wasmKernel<tf.AddInputs, object>(name, (workspace, { a, b }, attrs) => {
    const sizeA = tf.util.sizeFromShape(a.shape), sizeB = tf.util.sizeFromShape(b.shape);
    const [big, small] = sizeA >= sizeB ? [a, b] : [b, a];
    const floats = a.dtype === "float32" && b.dtype === "float32";
    const fits = floats && sizeA !== sizeB && big.shape.length >= small.shape.length;
    const repeat = fits ? repeatOf(big.shape, small.shape) : undefined;
    const factor = repeat ? widening(repeat) : 1;
    if (!repeat || factor === 1) return workspace.stock(name, { a, b }, attrs);
    const { outer, times, inner } = repeat;
    const wide = shaped(big, [outer, times / factor, factor * inner]);
    const row = tiled(workspace, small, { ...repeat, factor });
    const inputs = big === a ? { a: wide, b: row } : { a: row, b: wide };
    return shaped(workspace.stock(name, inputs, attrs), big.shape);
  });
}

/** The kernels. */
export const wideBroadcast: readonly WasmKernel[] = ["Add", "Sub", "Multiply", "RealDiv"].map(
  binary,
);
