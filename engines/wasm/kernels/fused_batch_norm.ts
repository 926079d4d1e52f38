/**
 * `FusedBatchNorm` with one value per channel. The four values of a channel are combined into one
 * factor and one offset, so that two fast passes over the image suffice.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";

/** The kernel. */
export const fusedBatchNorm: WasmKernel = wasmKernel<
  tf.FusedBatchNormInputs,
  tf.FusedBatchNormAttrs
>("FusedBatchNorm", (workspace, inputs, attrs) => {
  const { x, mean, variance } = inputs;
  const { scale, offset } = inputs as Partial<typeof inputs>;
  const channels = x.shape.at(-1)!;
  const given = [mean, variance, scale, offset].filter((value) => value != null);
  const perChannel = given.every(({ shape }) => tf.util.sizeFromShape(shape) === channels);
  if (!perChannel) return workspace.stock("FusedBatchNorm", inputs, attrs);
  const factor = workspace.empty([channels]), summand = workspace.empty([channels]);
  const factors = workspace.floats(factor), summands = workspace.floats(summand);
  const means = workspace.floats(mean), variances = workspace.floats(variance);
  const scales = scale && workspace.floats(scale), offsets = offset && workspace.floats(offset);
  for (let c = 0; c < channels; c++) {
    const value = (scales?.[c] ?? 1) / Math.sqrt(variances[c]! + attrs.varianceEpsilon);
    factors[c] = value;
    summands[c] = (offsets?.[c] ?? 0) - means[c]! * value;
  }
  const scaled = workspace.run("Multiply", { a: x, b: factor });
  return workspace.run("Add", { a: scaled, b: summand });
});
