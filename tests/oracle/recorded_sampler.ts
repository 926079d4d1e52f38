import { definePlugin, noOptions, type Plugin, type Sampler, SamplerToken } from "@espalier/core";
import { mixingWeights, noisyLogits } from "@espalier/plugin-gumbel-softmax";
import * as tf from "@tensorflow/tfjs";

/** The randomness of one pass, as recorded; absent noise means neither noise nor temperature. */
export interface Recorded {
  readonly tau: number;
  readonly widthNoise?: readonly (readonly number[])[];
  readonly depthNoise?: readonly (readonly number[])[];
  readonly selected?: readonly (readonly number[])[];
}

/** A sampler that repeats a recorded draw: an ordinary plugin that replaces Gumbel-softmax. */
export function recordedSampler(recorded: Recorded): Plugin {
  const sampler: Sampler = {
    probabilities: (logits) => tf.softmax(logits),
    sample(logits, { decisions, count }) {
      const noise = count === "all" ? recorded.depthNoise : recorded.widthNoise;
      const indices = count === "all"
        ? decisions.map(({ candidates }) => [...candidates.keys()])
        : recorded.selected!;
      const noisy = noise === undefined || recorded.tau <= 0
        ? tf.logSoftmax(logits)
        : noisyLogits(logits, { noise: padded(noise, logits.shape[1]), tau: recorded.tau });
      return indices.map((own, row) => ({
        indices: own,
        weights: mixingWeights(noisy.slice([row, 0], [1, logits.shape[1]]) as tf.Tensor2D, [own])
          .reshape([-1]) as tf.Tensor1D,
      }));
    },
  };
  return definePlugin({
    name: "recorded-sampler",
    version: "1",
    provides: [SamplerToken],
    options: noOptions,
    setup: (context) => context.provide(SamplerToken, () => sampler),
  })();
}

function padded(rows: readonly (readonly number[])[], columns: number): tf.Tensor2D {
  return tf.tensor2d(rows.map((row) => [...row, ...Array(columns - row.length).fill(0)]));
}
