/**
 * Convolutions that are maps of channels, on any passes.
 *
 * @module
 */
import type {
  Convolution,
  ConvolutionOptions,
  ExecutorOps,
  Feature,
} from "@espalier/supernet/engine";

/** Whether a convolution is a map of channels: 1 × 1, stride 1. */
export function isRowMap(
  { shape: [rows, columns], strides, padding }: ConvolutionOptions,
): boolean {
  return rows === 1 && columns === 1 && strides.every((step) => step === 1) &&
    padding.every((size) => size === 0);
}

/** Run a convolution for which {@linkcode isRowMap} holds. */
export function convolveRows(
  { affine, affineGradient, free }: Pick<ExecutorOps, "affine" | "affineGradient" | "free">,
  x: Feature,
  { kernel, shape: [, , from, to] }: ConvolutionOptions,
): Convolution {
  const map = { diagonal: false, relu: false };
  return {
    output: affine(x, { ...map, matrix: kernel, bias: new Float32Array(to) }),
    inputGradient(dy) {
      const matrix = new Float32Array(kernel.length);
      for (let i = 0; i < from; i++) {
        for (let j = 0; j < to; j++) matrix[j * from + i] = kernel[i * to + j]!;
      }
      return affine(dy, { ...map, matrix, bias: new Float32Array(from) });
    },
    kernelGradient(dy) {
      const { d, matrix } = affineGradient(x, { dys: [dy], channels: to, diagonal: false });
      free(d);
      return Float32Array.from(matrix);
    },
    [Symbol.dispose]() {},
  };
}
