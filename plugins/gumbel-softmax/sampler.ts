import { unstackRows } from "@espalier/blueprint";
import type { Decision, Mixture, RandomStream, SampleOptions, Sampler } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { drawWithoutReplacement, mixingWeights, noisyLogits, softmaxOf } from "./gumbel_softmax.ts";
import type { GumbelSoftmaxOptions } from "./options.ts";
import { tauAt } from "./tau.ts";

/** Standard Gumbel noise, drawn for a row's own candidates only. */
function gumbelNoise(
  decisions: readonly Decision[],
  { columns, random }: { readonly columns: number; readonly random: RandomStream },
): Tensor2D {
  const noise = new Float32Array(decisions.length * columns);
  decisions.forEach(({ candidates }, row) => {
    for (let i = 0; i < candidates.length; i++) noise[row * columns + i] = random.gumbel();
  });
  return tf.tensor2d(noise, [decisions.length, columns]);
}

/** Indices of the drawn candidates by row; `"all"` takes each row in order, without a draw. */
function drawIndices(
  z: Tensor2D,
  { decisions, count, random }: Pick<SampleOptions, "decisions" | "random"> & {
    readonly count: number | "all";
  },
): number[][] {
  if (count === "all") return decisions.map(({ candidates }) => [...candidates.keys()]);
  const values = z.dataSync();
  return decisions.map(({ candidates: { length } }, row) => {
    const start = row * z.shape[1];
    const probabilities = softmaxOf(values.subarray(start, start + length));
    return drawWithoutReplacement(probabilities, { count: Math.min(count, length), random });
  });
}

/**
 * Pad all rows to one length with the index behind their last candidate: the logit there is −1e9, so
 * its weight is 0.
 */
function padIndices(
  indices: readonly (readonly number[])[],
  decisions: readonly Decision[],
): number[][] {
  const longest = Math.max(...indices.map((row) => row.length));
  return indices.map((row, r) => {
    const past = decisions[r]!.candidates.length;
    return [...row, ...new Array<number>(longest - row.length).fill(past)];
  });
}

/** The weights of every row; all rows go through the same few ops. */
function weightsByRow(
  z: Tensor2D,
  indices: readonly (readonly number[])[],
  decisions: readonly Decision[],
): Tensor1D[] {
  const rows = unstackRows<Tensor1D>(mixingWeights(z, padIndices(indices, decisions)));
  return rows.map((row, r) => {
    const { length } = indices[r]!;
    return row.size === length ? row : tf.slice(row, 0, length);
  });
}

/**
 * The sampler behind the plugin.
 *
 * @param options Validated options.
 * @returns A stateless sampler.
 */
export function createGumbelSoftmaxSampler(options: GumbelSoftmaxOptions): Sampler {
  function transform(logits: Tensor2D, { decisions, random, ...at }: SampleOptions): Tensor2D {
    if (!options.noise) return logits;
    const noise = gumbelNoise(decisions, { columns: logits.shape[1], random });
    return noisyLogits(logits, { noise, tau: tauAt(options.tau, at) });
  }

  return {
    probabilities: (logits) => tf.softmax(logits),
    schedule: (at): Readonly<Record<string, number>> =>
      options.noise ? { tau: tauAt(options.tau, at) } : {},
    sample(logits, draw): Mixture[] {
      let indices: number[][] = [];
      const weights = tf.tidy(() => {
        const z = transform(logits, draw);
        indices = drawIndices(z, { count: options.count, ...draw });
        return weightsByRow(z, indices, draw.decisions);
      });
      return weights.map((weights, row) => ({ indices: indices[row]!, weights }));
    },
  };
}
