/**
 * `Slice`: the backend's own kernel copies the whole input first and then single innermost rows.
 * Here only the requested elements are copied, in the longest contiguous runs.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";

/** Runs shorter than this are copied by a loop: a call would cost more. */
const SHORT = 32;

function copyRun(
  source: Float32Array,
  target: Float32Array,
  { from, to, length }: { from: number; to: number; length: number },
): void {
  if (length >= SHORT) return target.set(source.subarray(from, from + length), to);
  for (let i = 0; i < length; i++) target[to + i] = source[from + i]!;
}

function copySlice(
  source: Float32Array,
  target: Float32Array,
  { shape, begin, size }: { shape: number[]; begin: number[]; size: number[] },
): void {
  let axes = shape.length - 1;
  while (axes > 0 && size[axes] === shape[axes]) axes--;
  const strides = shape.map((_, axis) => tf.util.sizeFromShape(shape.slice(axis + 1)));
  const length = tf.util.sizeFromShape(size.slice(axes));
  const index = new Array<number>(axes).fill(0);
  let from = begin.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  for (let to = 0; to < target.length; to += length) {
    copyRun(source, target, { from, to, length });
    for (let axis = axes - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < size[axis]!) break;
      from -= size[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** The kernel. */
export const slice: WasmKernel = wasmKernel<tf.SliceInputs, tf.SliceAttrs>(
  "Slice",
  (workspace, { x }, attrs) => {
    const [begin, size] = tf.slice_util.parseSliceParams(
      x as tf.Tensor,
      attrs.begin,
      attrs.size,
    ) as [number[], number[]];
    if (x.dtype !== "float32" || x.shape.length === 0) {
      return workspace.stock("Slice", { x }, attrs);
    }
    const result = workspace.empty(size);
    copySlice(workspace.floats(x), workspace.floats(result), { shape: x.shape, begin, size });
    return result;
  },
);
