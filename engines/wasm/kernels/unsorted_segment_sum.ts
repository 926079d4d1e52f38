/**
 * `UnsortedSegmentSum`: the gradient of a gather, which the wasm backend lacks.
 * It takes one pass over the rows; rows whose id is outside [0, segments) are ignored.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";

/** The kernel. */
export const unsortedSegmentSum: WasmKernel = wasmKernel<
  tf.UnsortedSegmentSumInputs,
  tf.UnsortedSegmentSumAttrs
>("UnsortedSegmentSum", (workspace, { x, segmentIds }, { numSegments }) => {
  const shape = x.shape.slice(segmentIds.shape.length);
  const length = shape.reduce((product, size) => product * size, 1);
  const floats = x.dtype === "float32" ? x : workspace.run("Cast", { x }, { dtype: "float32" });
  const result = workspace.empty([numSegments, ...shape]);
  const sums = workspace.floats(result).fill(0);
  const rows = workspace.floats(floats);
  workspace.integers(segmentIds).forEach((id, row) => {
    if (id < 0 || id >= numSegments) return;
    for (let i = 0; i < length; i++) sums[id * length + i]! += rows[row * length + i]!;
  });
  return x.dtype === "float32" ? result : workspace.run("Cast", { x: result }, { dtype: x.dtype });
});
