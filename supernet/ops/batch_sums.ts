import type { AffineGradient, Moments } from "./kernels.ts";

/** Sums over a batch of which this thread may hold only a share. */
export interface BatchSums {
  /** Rows of the whole batch, from those of the share. */
  rows(own: number): number;
  /** Moments over the whole batch. */
  moments(own: Moments): Moments;
  /** The gradient with its sums, bias and matrix, over the whole batch; d stays the share's. */
  gradient(own: AffineGradient): AffineGradient;
}

/** The share is the whole batch. */
export const ALONE: BatchSums = {
  rows: (own) => own,
  moments: (own) => own,
  gradient: (own) => own,
};
