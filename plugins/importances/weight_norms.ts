/** Rows of weights, one a channel. */
export type Rows = readonly Float32Array[];

/**
 * ‖w‖₁ of each row.
 *
 * Source: Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), section 3.1.
 *
 * @param rows Weights of each channel.
 * @returns One number a channel.
 */
export function l1Norms(rows: Rows): number[] {
  return rows.map((row) => row.reduce((sum, w) => sum + Math.abs(w), 0));
}

/**
 * ‖w‖₂ of each row.
 *
 * Source: He, Kang, Dong, Fu, Yang, "Soft Filter Pruning" (IJCAI 2018), eq. 2 with p = 2.
 *
 * @param rows Weights of each channel.
 * @returns One number a channel.
 */
export function l2Norms(rows: Rows): number[] {
  return rows.map((row) => Math.sqrt(row.reduce((sum, w) => sum + w * w, 0)));
}
