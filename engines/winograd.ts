/**
 * Winograd's minimal filtering F(2×2, 3×3) as data: 2 × 2 outputs of a convolution with a 3 × 3 kernel
 * by 16 products instead of 36. The engines write these transforms out, each for its own registers;
 * their tests compare them with the plain numbers here.
 *
 * @see Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016), section 4.1:
 * Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A.
 *
 * @module
 */
import type { Size } from "@espalier/core";

/** A matrix, row by row. */
export type Matrix = readonly (readonly number[])[];

/** Bᵀ. */
export const INPUT_TRANSFORM: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];

/** G. */
export const KERNEL_TRANSFORM: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];

/** Aᵀ. */
export const OUTPUT_TRANSFORM: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/** Mᵀ. */
export const transposed = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/** a·b. */
export const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => transposed(b).map((column) => row.reduce((sum, x, i) => sum + x * column[i]!, 0)));

/** M·x·Mᵀ. */
export const sandwich = (matrix: Matrix, x: Matrix): Matrix =>
  multiply(multiply(matrix, x), transposed(matrix));

/** Bᵀ d B: 4 × 4 pixels around a tile to 4 × 4 factors. */
export const transformInput = (pixels: Matrix): Matrix => sandwich(INPUT_TRANSFORM, pixels);

/** G g Gᵀ: a 3 × 3 kernel to 4 × 4 factors. */
export const transformKernel = (kernel: Matrix): Matrix => sandwich(KERNEL_TRANSFORM, kernel);

/** Aᵀ m A: 4 × 4 products to the 2 × 2 pixels of a tile. */
export const transformOutput = (products: Matrix): Matrix => sandwich(OUTPUT_TRANSFORM, products);

/** A y' Aᵀ, the adjoint of the output's: 2 × 2 gradients of a tile to those of its products. */
export const transformOutputGradient = (gradient: Matrix): Matrix =>
  sandwich(transposed(OUTPUT_TRANSFORM), gradient);

/** Gᵀ u G, the adjoint of the kernel's: gradients of its 4 × 4 factors to those of the kernel. */
export const transformKernelGradient = (gradient: Matrix): Matrix =>
  sandwich(transposed(KERNEL_TRANSFORM), gradient);

/**
 * Whether the filtering computes a convolution: 3 × 3, stride 1. Whether it pays, and at which edges,
 * is for each engine to say.
 *
 * @param kernel Rows and columns of the kernel, and whatever else its shape has.
 * @param strides Steps between outputs.
 */
export const suitsWinograd = (
  [rows, columns]: readonly [number, number, ...number[]],
  strides: Size,
): boolean => rows === 3 && columns === 3 && strides.every((step) => step === 1);
