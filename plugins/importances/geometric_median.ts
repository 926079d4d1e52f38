import type { Rows } from "./weight_norms.ts";

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}

/**
 * Σ_j ‖w_i − w_j‖₂ of each row i: small near the geometric median of all rows, where others can stand
 * for it.
 *
 * Source: He, Liu, Wang, Hu, Yang, "Filter Pruning via Geometric Median" (CVPR 2019), eq. 4.
 *
 * @param rows Weights of each channel, all of one length.
 * @returns One number a channel.
 */
export function medianDistances(rows: Rows): number[] {
  return rows.map((row) => rows.reduce((sum, other) => sum + distance(row, other), 0));
}
