import { inputsOf } from "@espalier/blueprint";
import type { Network } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** Images of a timed pass, and passes. */
const TIMED = { images: 32, passes: 7 };

/**
 * Inference time per image, in batches of 32: the median of seven passes.
 *
 * @param network The network.
 * @returns Milliseconds.
 */
export function timeInference(network: Network): number {
  const passes = Array.from({ length: TIMED.passes }, () => timedPass(network));
  return median(passes) / TIMED.images;
}

function timedPass(network: Network): number {
  const start = performance.now();
  tf.tidy(() => {
    const [x, ...others] = inputsOf(network.blueprint).map(({ shape }) =>
      tf.zeros<tf.Rank.R4>([TIMED.images, ...shape])
    );
    const { logits } = network.forward(others.length > 0 ? [x!, ...others] : x!, {
      training: false,
    });
    logits.dataSync();
  });
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
