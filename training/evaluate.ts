import type { Batch, Mixtures, Network } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import { countCorrect, RunningMean, toTensors } from "./measures.ts";

/** What an evaluation gives. */
export interface Evaluation {
  /** Images evaluated. */
  readonly images: number;
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Share of correctly classified images, 0 to 1. */
  readonly accuracy: number;
}

/** What an evaluation needs. */
export interface EvaluateOptions {
  /** The images, in batches. */
  readonly batches: Iterable<Batch>;
  /** Size of an image. */
  readonly shape: readonly [number, number, number];
  /** Number of classes. */
  readonly classes: number;
  /** For a supernet: how candidates are mixed. */
  readonly mixtures?: Mixtures;
  /** Stops the evaluation; checked after every batch. */
  readonly signal?: AbortSignal;
}

/**
 * Loss and accuracy of a network in inference mode.
 *
 * @param network The network.
 * @param options The images.
 * @returns Means over all images.
 */
export async function evaluate(network: Network, options: EvaluateOptions): Promise<Evaluation> {
  const mean = new RunningMean();
  for (const batch of options.batches) {
    mean.add(tf.tidy(() => {
      const { images, labels } = toTensors(batch, options);
      const { logits } = network.forward(images, {
        training: false,
        ...(options.mixtures && { mixtures: options.mixtures }),
      });
      return {
        loss: softmaxCrossEntropy(logits, labels).dataSync()[0]!,
        correct: countCorrect(logits, batch.labels),
        images: batch.size,
      };
    }));
    await nextTurn();
    options.signal?.throwIfAborted();
  }
  return mean.value;
}

/** All images of some batches as one. */
function joined(batches: Iterable<Batch>): Batch {
  const all = [...batches];
  const size = all.reduce((sum, batch) => sum + batch.size, 0);
  const pixels = all[0] === undefined ? 0 : all[0].images.length / all[0].size;
  const images = new Float32Array(size * pixels), labels = new Int32Array(size);
  let first = 0;
  for (const batch of all) {
    images.set(batch.images, first * pixels);
    labels.set(batch.labels, first);
    first += batch.size;
  }
  return { images, labels, size };
}

/**
 * Recalibrate batch norms: replace their moving means and variances by those of the given images, as
 * is needed after a narrower network inherited weights. All images pass as one batch, so that the
 * result does not depend on how they are grouped; memory grows with their number.
 *
 * @param network The network.
 * @param options The images: a few hundred are enough.
 */
export async function recalibrateNorms(network: Network, options: EvaluateOptions): Promise<void> {
  const all = joined(options.batches);
  if (all.size === 0) return;
  tf.tidy(() => {
    network.forward(toTensors(all, options).images, {
      training: true,
      frozen: true,
      momentum: 0,
      ...(options.mixtures && { mixtures: options.mixtures }),
    });
  });
  await nextTurn();
  options.signal?.throwIfAborted();
}

/** Yield to timers, signals and messages: engines block the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
