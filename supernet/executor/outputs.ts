/**
 * What a program reads and gives, as tensors.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Program } from "./program.ts";
import type { HostFeature } from "./run_program.ts";

/** Numbers of an example. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The batch's tensor of a value, [-1, …shape]. */
export const tensorOf = (values: Float32Array, shape: readonly number[]): tf.Tensor =>
  tf.tensor(values, [values.length / sizeOf(shape), ...shape]);

/** Dimensions of an example of an output. */
export function shapeOf(
  { outputs }: Program,
  i: number,
  { shape }: HostFeature,
): readonly number[] {
  return outputs[i]!.isVector ? [shape[3]] : shape.slice(1);
}

/** Images as what a program reads, those of one input after the other. */
export function imagesOf(
  { inputs }: Program,
  values: readonly Float32Array[],
): readonly HostFeature[] {
  return inputs.map(({ shape }, i) => ({
    values: values[i]!,
    shape: [values[i]!.length / sizeOf(shape), ...shape],
  }));
}

/** Values side by side, [batch, size]; one alone as it is. */
export function joinRows(values: readonly tf.Tensor[]): tf.Tensor {
  if (values.length === 1) return values[0]!;
  return tf.concat(values.map((x) => tf.reshape(x, [x.shape[0]!, -1])), 1);
}

/** What {@linkcode joinRows} joined, each as it was. */
export function splitRows(
  rows: tf.Tensor,
  shapes: readonly (readonly number[])[],
): readonly tf.Tensor[] {
  if (shapes.length === 1) return [rows];
  return tf.split(rows, shapes.map(sizeOf), 1)
    .map((part, i) => tf.reshape(part, [-1, ...shapes[i]!]));
}
