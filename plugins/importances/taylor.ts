import type { Rows } from "./weight_norms.ts";

/**
 * (Σ_s g_s w_s)² of each row: to first order, the square of what the loss changes by when the channel
 * is set to zero.
 *
 * Source: Molchanov, Mallya, Tyree, Frosio, Kautz, "Importance Estimation for Neural Network Pruning"
 * (CVPR 2019), eq. 8 for a group of parameters.
 *
 * @param weights w of each channel.
 * @param gradients g, in the form of the weights.
 * @returns One number a channel.
 */
export function taylorScores(weights: Rows, gradients: Rows): number[] {
  return weights.map((row, channel) =>
    row.reduce((sum, w, s) => sum + w * gradients[channel]![s]!, 0) ** 2
  );
}
