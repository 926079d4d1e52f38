/**
 * A bug of oneDNN that both ways into TensorFlow, executor and kernels, must avoid.
 *
 * @module
 */

/** Channels that one vector of a processor holds, at most. */
const VECTOR = 16;

/**
 * Whether oneDNN's gradient of a kernel would write past its own memory: a 1 × 1 kernel, applied
 * with a stride, that reads fewer channels than a vector has.
 *
 * @param kernel Rows, columns and input channels of the kernel.
 * @param strides Strides of the convolution.
 * @returns Whether the gradient must be computed in another way.
 * @see https://github.com/uxlfoundation/oneDNN/issues/6035
 */
export function overrunsKernelGradient(
  [rows, columns, from]: readonly [rows: number, columns: number, from: number],
  strides: readonly number[],
): boolean {
  return rows * columns === 1 && from < VECTOR && strides.some((stride) => stride > 1);
}
