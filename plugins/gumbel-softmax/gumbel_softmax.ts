import * as tf from "@tensorflow/tfjs";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { RandomStream } from "@espalier/core";

/** Lets a candidate be drawn though its probability underflows; the official code's value. */
const SMALLEST_WEIGHT = 1e-7;

/** Noise and temperature, for {@linkcode noisyLogits}. */
export interface GumbelNoise {
  /** o, standard Gumbel, of the logits' shape. */
  readonly noise: Tensor2D;
  /** Temperature, > 0. */
  readonly tau: number;
}

/**
 * z = (log p + o) / tau with p = softmax(logits), so that p̂ = softmax(z).
 *
 * Source: TAS, eq. 3.
 *
 * @param logits [rows, candidates].
 * @param options Noise and temperature.
 * @returns z, [rows, candidates], differentiable with respect to `logits`.
 */
export function noisyLogits(logits: Tensor2D, { noise, tau }: GumbelNoise): Tensor2D {
  return tf.tidy(() => tf.div(tf.add(tf.logSoftmax(logits), noise), tau));
}

/**
 * The weights of the drawn candidates, a softmax over them alone:
 *
 *     p̃_j = exp(z_j) / Σ_{i in I} exp(z_i)
 *
 * Source: TAS, eq. 4. The index carries no gradient.
 *
 * @param z Noisy logits, [rows, candidates].
 * @param indices I of every row; all of one length K.
 * @returns [rows, K], differentiable with respect to `z`.
 */
export function mixingWeights(
  z: Tensor2D,
  indices: readonly (readonly number[])[],
): Tensor2D {
  const [rows, candidates] = z.shape;
  const flat = indices.flatMap((row, r) => row.map((index) => r * candidates + index));
  return tf.tidy(() => {
    const entries = tf.tensor2d(flat, [rows, flat.length / rows], "int32");
    const drawn = tf.gather<Tensor>(tf.reshape(z, [z.size]), entries);
    return tf.softmax(drawn) as Tensor2D;
  });
}

/**
 * p̂ of one row, on the host.
 *
 * @param z The row's logits.
 * @returns Probabilities, as many.
 */
export function softmaxOf(z: ArrayLike<number>): number[] {
  const values = Array.from(z);
  const largest = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
}

function drawOne(weights: readonly number[], random: RandomStream): number {
  let rest = random.next() * weights.reduce((a, b) => a + b);
  const index = weights.findIndex((weight) => (rest -= weight) < 0);
  // Rounding may leave a remainder after the last weight.
  return index >= 0 ? index : weights.findLastIndex((weight) => weight > 0);
}

/**
 * Draw `count` distinct candidates, one after the other, each with a probability proportional to
 * p̂ + 1e-7 among those not yet drawn.
 *
 * Source: TAS, section 3.1, "sampled without replacement"; the official code.
 *
 * @param probabilities p̂ of one row.
 * @param options How many, at most the row's length, and the source of randomness.
 * @returns Indices in the order drawn.
 */
export function drawWithoutReplacement(
  probabilities: readonly number[],
  { count, random }: { readonly count: number; readonly random: RandomStream },
): number[] {
  const weights = probabilities.map((probability) => probability + SMALLEST_WEIGHT);
  return Array.from({ length: count }, () => {
    const index = drawOne(weights, random);
    weights[index] = 0;
    return index;
  });
}
