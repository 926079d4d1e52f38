import { contractError, type Moment, type Network, type Penalty, valueAt } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** A term of a loss, and the service that it comes from. */
export interface Term {
  /** The service, as a resolver gave it. */
  readonly service: object;
  /** Compute it, on the tape. */
  readonly value: () => tf.Scalar;
}

/**
 * The terms of penalties, times their weights; those of weight 0 are left out.
 *
 * @param penalties The penalties.
 * @param network The network in training.
 * @param at Phase and epoch.
 * @returns Their terms.
 */
export function penaltyTerms(
  penalties: readonly Penalty[],
  { blueprint, parameters }: Pick<Network, "blueprint" | "parameters">,
  at: Moment,
): Term[] {
  return penalties.flatMap((penalty) => {
    const weight = valueAt(penalty.weight, at);
    const value = () => tf.mul(penalty.loss({ blueprint, parameters, ...at }), weight) as tf.Scalar;
    return weight === 0 ? [] : [{ service: penalty, value }];
  });
}

/**
 * Blame the plugin whose term is not finite, once a loss is not and what its terms read is finite.
 *
 * @param terms The terms.
 * @throws {EspalierError} ERR_PLUGIN_CONTRACT, which names the plugin.
 */
export function blameTerms(terms: readonly Term[]): void {
  for (const { service, value } of terms) {
    const [found] = tf.tidy(() => value().dataSync());
    if (!Number.isFinite(found)) throw contractError(service, "loss", `must be finite: ${found}`);
  }
}

/** Whether all entries of a tensor are finite. */
export function isFiniteTensor(tensor: tf.Tensor): boolean {
  return tensor.dataSync().every(Number.isFinite);
}
