import * as tf from "@tensorflow/tfjs";
import type { Activation, NormSpec } from "../blueprint/blueprint.ts";
import type { ForwardOptions } from "../contracts/network.ts";
import { batchNorm } from "./ops/norms.ts";
import { firstChannels } from "./ops/rows.ts";
import type { Moments } from "./ops/kernels.ts";
import { linearMap } from "./ops/linear_map.ts";
import type { VariableStore } from "./store.ts";

/** One forward pass: the weights it reads, and how. */
export interface Pass extends ForwardOptions {
  /** The network's variables. */
  readonly store: VariableStore;
}

/** A norm by its name, and what follows it. */
export interface NamedNorm {
  /** Name of its arrays, as in `stem/norm`. */
  readonly prefix: string;
  /** Its constants. */
  readonly norm: NormSpec;
  /** Applied after it. */
  readonly activation: Activation | undefined;
}

/** The four arrays of a norm, of their first `channels`. */
export function normArrays(
  { store }: Pass,
  { prefix, channels }: { readonly prefix: string; readonly channels: number },
): { gamma: tf.Tensor1D; beta: tf.Tensor1D; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const read = (name: string) =>
    firstChannels(store.get(`${prefix}/${name}`), channels) as tf.Tensor1D;
  return {
    gamma: read("gamma"),
    beta: read("beta"),
    mean: read("mean"),
    variance: read("variance"),
  };
}

/** Norm `x` by batch or moving statistics; a narrower x uses the norm's first channels. */
export function applyNorm(pass: Pass, x: tf.Tensor, named: NamedNorm): tf.Tensor {
  const { prefix, norm, activation } = named;
  const channels = x.shape[x.rank - 1]!;
  const { gamma, beta, mean, variance } = normArrays(pass, { prefix, channels });
  if (pass.training) {
    return batchNorm(x, {
      gamma,
      beta,
      epsilon: norm.epsilon,
      activation,
      onMoments: (moments, count) => moveStatistics(pass, moments, { prefix, norm, count }),
    });
  }
  const scale = gamma.mul(tf.rsqrt(variance.add(norm.epsilon)));
  return linearMap(x, { matrix: scale, bias: beta.sub(mean.mul(scale)), activation });
}

/**
 * Move a norm's statistics towards a batch's: old·momentum + batch·(1 − momentum), with the unbiased
 * variance. Moments of more channels than the norm has: the first ones count.
 */
export function moveStatistics(
  pass: Pass,
  { mean, variance }: Moments,
  { prefix, norm, count }: {
    readonly prefix: string;
    readonly norm: NormSpec;
    readonly count: number;
  },
): void {
  const momentum = pass.momentum ?? norm.momentum;
  const unbiased = count > 1 ? count / (count - 1) : 1;
  tf.tidy(() => {
    move(pass.store.get(`${prefix}/mean`), mean, { keep: momentum, factor: 1 - momentum });
    move(pass.store.get(`${prefix}/variance`), variance, {
      keep: momentum,
      factor: (1 - momentum) * unbiased,
    });
  });
}

function move(
  statistic: tf.Variable,
  batch: tf.Tensor1D,
  { keep, factor }: { readonly keep: number; readonly factor: number },
): void {
  const size = statistic.size, known = batch.size;
  const old = firstChannels(statistic, Math.min(size, known));
  const moved = tf.add(old.mul(keep), firstChannels(batch, Math.min(size, known)).mul(factor));
  statistic.assign(known < size ? tf.concat([moved, statistic.slice([known])]) : moved);
}
