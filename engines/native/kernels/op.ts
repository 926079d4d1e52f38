/**
 * Ops of TensorFlow on tensors of TensorFlow.js.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Values of attributes by name; their kind follows from their names. */
export interface OpAttributes {
  readonly strides?: readonly number[];
  readonly ksize?: readonly number[];
  readonly padding?: string;
  readonly "explicit_paddings"?: readonly number[];
  readonly mode?: string;
}

interface NodeBackend {
  executeMultipleOutputs(
    name: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

// TensorFlow's numbers of the kinds of attributes.
const STRING = 0;
const INT = 1;

/**
 * Run an op that has one output. It leaves no trace on TensorFlow.js's tape: use it inside kernels,
 * whose gradients are registered.
 *
 * @param name Name of the op in TensorFlow.
 * @param inputs Its inputs.
 * @param attributes Its attributes, but for those that follow from the inputs.
 * @returns Its first output.
 */
export function op(
  name: string,
  inputs: readonly tf.Tensor[],
  attributes: OpAttributes = {},
): tf.Tensor {
  const list = Object.entries(attributes).map(([name, value]) => ({
    name,
    type: typeof value === "string" ? STRING : INT,
    value,
  }));
  return (tf.backend() as unknown as NodeBackend)
    .executeMultipleOutputs(name, list, inputs, 1)[0]!;
}

/** A vector of whole numbers, such as a shape, for an op. */
export function ints(values: readonly number[]): tf.Tensor {
  return tf.tensor1d([...values], "int32");
}
