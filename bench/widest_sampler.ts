import * as tf from "@tensorflow/tfjs";
import {
  definePlugin,
  type Mixture,
  type PluginFactory,
  type SampleOptions,
  SamplerToken,
} from "@espalier/core";
import * as z from "zod";

interface Options {
  /** K. */
  readonly count: number;
}

function mixtureOf(
  logits: tf.Tensor2D,
  { row, length, count, random }: Pick<SampleOptions, "random"> & {
    readonly row: number;
    readonly length: number;
    readonly count: number;
  },
): Mixture {
  const others = Array.from({ length: length - 1 }, (_, i) => i);
  random.shuffle(others);
  const indices = [length - 1, ...others.slice(0, count - 1)];
  const candidates = tf.slice(logits, [row, 0], [1, length]).reshape([length]);
  const weights = tf.softmax(tf.gather(candidates, tf.tensor1d(indices, "int32")));
  return { indices, weights: weights as tf.Tensor1D };
}

/**
 * Plugin that draws the widest candidate and K − 1 others. What a layer convolves is then the same
 * for every K and every number of candidates, so that a time shows what mixing costs alone.
 */
export const widestSampler: PluginFactory<Options> = definePlugin<Options, Options>({
  name: "widest-sampler",
  version: "1",
  provides: [SamplerToken],
  options: z.strictObject({ count: z.int().min(1) }),
  setup(context, options) {
    context.provide(SamplerToken, () => ({
      probabilities: (logits) => tf.softmax(logits),
      sample: (logits, { decisions, count, random }) =>
        decisions.map(({ candidates: { length } }, row) =>
          mixtureOf(logits, {
            row,
            length,
            random,
            count: count === "all" ? length : Math.min(options.count, length),
          })
        ),
    }));
  },
});
