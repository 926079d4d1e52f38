/**
 * Winograd's minimal filtering as data: tiles of 2 × 2 outputs of a convolution with a 3 × 3 kernel by
 * 16 products instead of 36, F(2×2, 3×3), or of 4 × 4 outputs by 36 instead of 144, F(4×4, 3×3). The
 * engines have code for these transforms, each for its own registers; their tests compare it with the
 * plain numbers here.
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

/** The transforms for tiles of one size. */
export interface Filtering {
  /** Height and width of a tile of outputs. */
  readonly tile: 2 | 4;
  /** Bᵀ. */
  readonly input: Matrix;
  /** G. */
  readonly kernel: Matrix;
  /** Aᵀ. */
  readonly output: Matrix;
}

/** F(2×2, 3×3). */
export const SMALL_TILES: Filtering = {
  tile: 2,
  input: INPUT_TRANSFORM,
  kernel: KERNEL_TRANSFORM,
  output: OUTPUT_TRANSFORM,
};

const [A, B] = [Math.SQRT1_2, Math.SQRT2];

/**
 * F(4×4, 3×3) at the points 0, ±√½, ±√2 and ∞. They round about half as much as 0, ±1, ±2 and ∞ do:
 * two to three times as much as a convolution without filtering.
 */
export const LARGE_TILES: Filtering = {
  tile: 4,
  input: [
    [1, 0, -2.5, 0, 1, 0],
    [0, -2 * A, -2, A, 1, 0],
    [0, 2 * A, -2, -A, 1, 0],
    [0, -B / 2, -0.5, B, 1, 0],
    [0, B / 2, -0.5, -B, 1, 0],
    [0, 1, 0, -2.5, 0, 1],
  ],
  kernel: [
    [1, 0, 0],
    [-2 / 3, -2 / 3 * A, -1 / 3],
    [-2 / 3, 2 / 3 * A, -1 / 3],
    [1 / 6, B / 6, 1 / 3],
    [1 / 6, -B / 6, 1 / 3],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, A, -A, B, -B, 0],
    [0, 0.5, 0.5, 2, 2, 0],
    [0, A / 2, -A / 2, 2 * B, -2 * B, 1],
  ],
};

/** Mᵀ. */
export const transposed = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/** a·b. */
export const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => transposed(b).map((column) => row.reduce((sum, x, i) => sum + x * column[i]!, 0)));

/** M·x·Mᵀ. */
export const sandwich = (matrix: Matrix, x: Matrix): Matrix =>
  multiply(multiply(matrix, x), transposed(matrix));

/** Bᵀ d B: the pixels around a tile to as many factors. */
export const transformInput = (pixels: Matrix, { input } = SMALL_TILES): Matrix =>
  sandwich(input, pixels);

/** G g Gᵀ: a 3 × 3 kernel to its factors. */
export const transformKernel = (weights: Matrix, { kernel } = SMALL_TILES): Matrix =>
  sandwich(kernel, weights);

/** Aᵀ m A: products to the pixels of a tile. */
export const transformOutput = (products: Matrix, { output } = SMALL_TILES): Matrix =>
  sandwich(output, products);

/** A y' Aᵀ, the adjoint of the output's: gradients of a tile to those of its products. */
export const transformOutputGradient = (gradient: Matrix, { output } = SMALL_TILES): Matrix =>
  sandwich(transposed(output), gradient);

/** Gᵀ u G, the adjoint of the kernel's: gradients of its factors to those of the kernel. */
export const transformKernelGradient = (gradient: Matrix, { kernel } = SMALL_TILES): Matrix =>
  sandwich(transposed(kernel), gradient);

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
