/**
 * Ops of TensorFlow on tensors of TensorFlow.js.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

// TensorFlow's numbers for the kinds of attributes.
const STRING = 0;
const INT = 1;
const TYPE = 4;

/** The kind of every attribute that the kernels set, by its name in TensorFlow. */
const KINDS = {
  strides: INT,
  ksize: INT,
  padding: STRING,
  "explicit_paddings": INT,
  "num_args": INT,
  TArgs: TYPE,
  "fused_ops": STRING,
  "filter_format": STRING,
  _kernel: STRING,
} as const;

/** Values of attributes by name. */
export type OpAttributes = Readonly<
  Partial<Record<keyof typeof KINDS, string | number | readonly (string | number)[]>>
>;

interface NodeBackend {
  executeMultipleOutputs(
    name: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

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
    type: KINDS[name as keyof typeof KINDS],
    value,
  }));
  return (tf.backend() as unknown as NodeBackend)
    .executeMultipleOutputs(name, list, inputs, 1)[0]!;
}

/** A vector of integers, such as a shape, as input of an op. */
export function ints(values: readonly number[]): tf.Tensor {
  return tf.tensor1d([...values], "int32");
}
