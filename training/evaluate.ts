import type { Batch, Batches, DataForm, Mixtures, Network, Objective } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { answer, entering } from "./answers.ts";
import { labelsByOutput } from "./data/label_form.ts";
import { toInputs, toTensors } from "./measures.ts";
import { plainClassification } from "./objective/plain_classification.ts";
import { type Evaluation, RunningMean } from "./objective/running_mean.ts";

/** What an evaluation needs: the images, and what they are like. */
export interface EvaluateOptions extends DataForm {
  /** The images, in batches. */
  readonly batches: Batches;
  /**
   * Loss and metrics.
   *
   * @default classification
   */
  readonly objective?: Objective;
  /** For a supernet: how candidates are mixed. */
  readonly mixtures?: Mixtures;
  /** Stops the evaluation; checked after every batch. */
  readonly signal?: AbortSignal;
}

/**
 * Loss and metrics of a network in inference mode.
 *
 * @param network The network.
 * @param options The images.
 * @returns Means over all images.
 */
export async function evaluate(network: Network, options: EvaluateOptions): Promise<Evaluation> {
  const { objective = plainClassification } = options;
  const mean = new RunningMean(objective);
  for await (const batch of options.batches) {
    mean.add(tf.tidy(() => {
      const { labels, ...inputs } = toTensors(batch, options);
      const outputs = answer(network, { ...inputs, data: options }, {
        training: false,
        ...(options.mixtures && { mixtures: options.mixtures }),
      });
      return {
        loss: objective.loss(outputs, labels).dataSync()[0]!,
        sums: objective.tally(outputs, labelsByOutput(batch.labels, options)),
        images: batch.size,
      };
    }));
    await nextTurn();
    options.signal?.throwIfAborted();
  }
  return mean.value;
}

/** All images of some batches as one. */
async function joined(batches: Batches): Promise<Omit<Batch, "labels">> {
  const all = await Array.fromAsync(batches);
  const size = all.reduce((sum, batch) => sum + batch.size, 0);
  const whole = (of: (batch: Batch) => Float32Array) => {
    const numbers = new Float32Array(all.reduce((sum, batch) => sum + of(batch).length, 0));
    let first = 0;
    for (const batch of all) {
      numbers.set(of(batch), first);
      first += of(batch).length;
    }
    return numbers;
  };
  const names = Object.keys(all[0]?.inputs ?? {});
  return {
    images: whole(({ images }) => images),
    ...names.length > 0 && {
      inputs: Object.fromEntries(
        names.map((name) => [name, whole(({ inputs }) => inputs![name]!)]),
      ),
    },
    size,
  };
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
  const all = await joined(options.batches);
  if (all.size === 0) return;
  tf.tidy(() => {
    const { blueprint } = network;
    network.forward(entering(blueprint, toInputs(all, options)), {
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
