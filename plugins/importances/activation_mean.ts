import type { Rows } from "./weight_norms.ts";

/**
 * Mean of |a| over all positions of all images, of each channel.
 *
 * Source: Molchanov, Tyree, Karras, Aila, Kautz, "Pruning Convolutional Neural Networks for Resource
 * Efficient Inference" (ICLR 2017), section 2.2, "activation"; |a| where it is not rectified.
 *
 * @param activations a of each channel.
 * @returns One number a channel.
 */
export function activationMeans(activations: Rows): number[] {
  return activations.map((row) => row.reduce((sum, a) => sum + Math.abs(a), 0) / row.length);
}
