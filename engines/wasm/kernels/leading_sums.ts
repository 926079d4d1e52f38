/**
 * `Sum` and `Mean` over axes before the last, for which the backend transposes first. Here average
 * pooling reduces windows of rows, since it reads memory in order. The length of a window is a
 * power of two, so scaling its mean back to a sum is exact. The sums of windows are added in double
 * precision.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";

const WINDOW = 256;

interface Reduction {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
}

/** The reduced axes as one middle axis; undefined when they are not adjacent or come last. */
function asMiddle(shape: number[], axes: number[]): Reduction | undefined {
  const last = Math.max(...axes), first = Math.min(...axes);
  const size = (from: number, to: number) => shape.slice(from, to).reduce((a, b) => a * b, 1);
  const reduced = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const run = size(first, last + 1) === reduced;
  const inner = size(last + 1, shape.length);
  return run && inner > 1 ? { outer: size(0, first), reduced, inner } : undefined;
}

/** Add up groups of `rows` rows in double precision. */
function addRows(
  source: Float32Array,
  target: Float32Array,
  { rows, inner, scale }: { rows: number; inner: number; scale: number },
): void {
  const sums = new Float64Array(inner);
  for (let at = 0, to = 0; to < target.length; to += inner) {
    sums.fill(0);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inner; i++) sums[i]! += source[at++]!;
    }
    for (let i = 0; i < inner; i++) target[to + i] = sums[i]! * scale;
  }
}

function windowSums(
  workspace: Workspace,
  x: tf.TensorInfo,
  { outer, reduced, inner, mean }: Reduction & { mean: boolean },
): tf.TensorInfo | undefined {
  const window = Math.min(WINDOW, reduced & -reduced);
  if (window < 8) return undefined;
  const rows = reduced / window;
  const means = workspace.run("AvgPool", { x: shaped(x, [outer * rows, window, 1, inner]) }, {
    filterSize: [window, 1],
    strides: 1,
    pad: "valid",
  });
  const result = workspace.empty([outer, inner]);
  const scale = mean ? 1 / rows : window;
  addRows(workspace.floats(means), workspace.floats(result), { rows, inner, scale });
  return result;
}

function reduction(name: "Sum" | "Mean"): WasmKernel {
  return wasmKernel<tf.SumInputs, tf.SumAttrs>(name, (workspace, { x }, attrs) => {
    const axes = tf.util.parseAxisParam(attrs.axis, x.shape);
    const middle = x.dtype === "float32" ? asMiddle(x.shape, axes) : undefined;
    const sums = middle && windowSums(workspace, x, { ...middle, mean: name === "Mean" });
    if (!sums) return workspace.stock(name, { x }, attrs);
    const kept = x.shape.map((size, axis) => axes.includes(axis) ? 1 : size);
    return shaped(sums, attrs.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)));
  });
}

/** The kernels. */
export const leadingSums: readonly WasmKernel[] = [reduction("Sum"), reduction("Mean")];
