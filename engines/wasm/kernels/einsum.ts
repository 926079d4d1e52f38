/**
 * `Einsum`, which the wasm backend lacks, by the path that TensorFlow.js computes:
 * operands are brought to common axes, multiplied, and summed axis by axis. It is
 * there so that a model that uses it runs; it is not fast.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";

/** Bring an operand to all axes that remain, those that it lacks of length 1. */
function aligned(
  workspace: Workspace,
  operand: tf.TensorInfo,
  { remaining, axes }: { remaining: number; axes: number[] },
): tf.TensorInfo {
  const { permutationIndices, expandDims } = tf.backend_util.getEinsumPermutation(remaining, axes);
  const x = tf.backend_util.isIdentityPermutation(permutationIndices)
    ? operand
    : workspace.run("Transpose", { x: operand }, { perm: permutationIndices });
  const shape = [...x.shape];
  for (const axis of expandDims) shape.splice(axis, 0, 1);
  return shaped(x, shape);
}

/** The kernel. */
export const einsum: WasmKernel = wasmKernel<tf.TensorInfo[], tf.EinsumAttrs>(
  "Einsum",
  (workspace, inputs, { equation }) => {
    const operands = Object.values(inputs) as unknown as tf.Tensor[];
    const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(
      equation,
      operands.length,
    );
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, operands);
    const { path, steps } = tf.backend_util.getEinsumComputePath(summedDims, idDims);
    let remaining = allDims.length;
    let out: tf.TensorInfo | undefined;
    steps.forEach((terms, step) => {
      for (const term of terms) {
        const x = aligned(workspace, operands[term]!, { remaining, axes: idDims[term]! });
        out = out ? workspace.run("Multiply", { a: x, b: out }) : x;
      }
      if (step === steps.length - 1) return;
      if (path[step]! >= 0) {
        const axis = [path[step]! - (allDims.length - remaining)];
        out = workspace.run("Sum", { x: out! }, { axis, keepDims: false });
      }
      remaining--;
    });
    return operands.some(({ dataId }) => dataId === out!.dataId)
      ? shaped(workspace.run("Identity", { x: out! }), out!.shape)
      : out!;
  },
);
