import type { Network } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** Images of a timed pass, and passes. */
const TIMED = { images: 32, passes: 7 };

/**
 * Inference time per image, in batches of 32: the median of seven passes.
 *
 * @param network The network.
 * @param shape Height, width and channels of an image.
 * @returns Milliseconds.
 */
export function timeInference(
  network: Network,
  shape: readonly [height: number, width: number, channels: number],
): number {
  const passes = Array.from({ length: TIMED.passes }, () => timedPass(network, shape));
  return median(passes) / TIMED.images;
}

function timedPass(network: Network, shape: readonly [number, number, number]): number {
  const start = performance.now();
  tf.tidy(() =>
    network.forward(tf.zeros([TIMED.images, ...shape]), { training: false }).logits.dataSync()
  );
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
