import type { Activation, ForwardOptions, NodeId, NormSpec } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { engineServices } from "./engine_services.ts";
import { ALONE, type BatchSums } from "./ops/batch_sums.ts";
import { hostBatchNorm } from "./ops/host_norms.ts";
import type { Moments } from "./ops/kernels.ts";
import { linearMap } from "./ops/linear_map.ts";
import { batchNorm } from "./ops/norms.ts";
import { firstChannels } from "./ops/rows.ts";
import type { RankPass } from "./ranks/rank_pass.ts";
import type { VariableStore } from "./store.ts";

/** One forward pass: the weights it reads, and how. */
export interface Pass extends ForwardOptions {
  /** The network's variables. */
  readonly store: VariableStore;
  /** The other ranks, where each has a share of the batch. */
  readonly ranks?: RankPass;
  /** What `shareParameters` made. */
  readonly parameters?: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Kernels and biases of which the first rank wants the gradient of the whole batch. They are made
 * before all else, so that on the way back nothing waits for the other ranks' until the end.
 */
export function shareParameters(
  { store, ranks, frozen }: Pass,
  nodes: readonly NodeId[],
): ReadonlyMap<string, tf.Tensor> {
  if (!ranks?.isFirst || frozen) return new Map();
  const names = nodes.flatMap((id) => [`${id}/kernel`, `${id}/bias`]);
  return new Map(
    names.flatMap((name) => {
      const variable = store.parameters.get(name);
      return variable === undefined ? [] : [[name, ranks.shared(name, variable)] as const];
    }),
  );
}

/** A kernel or bias; its gradient is that of the whole batch. */
export function learned({ store, frozen, ranks, parameters }: Pass, name: string): tf.Tensor {
  const variable = parameters?.get(name) ?? store.get(name);
  if (ranks === undefined || parameters?.has(name)) return variable;
  return frozen ? ranks.constant(name, variable) : ranks.shared(name, variable);
}

/** How a norm sums over the batch. */
export function batchSums({ ranks }: Pass, name: string): BatchSums {
  return ranks?.sumsOf(name) ?? ALONE;
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
    const f = engineServices().readsCheaply ? hostBatchNorm : batchNorm;
    return f(x, {
      gamma,
      beta: (pass.frozen ? beta : pass.ranks?.tracked(beta) ?? beta) as tf.Tensor1D,
      epsilon: norm.epsilon,
      activation,
      batch: batchSums(pass, prefix),
      onMoments: (moments, count) => moveStatistics(pass, moments, { prefix, norm, count }),
    });
  }
  const scale = gamma.mul(tf.rsqrt(variance.add(norm.epsilon)));
  return linearMap(x, { matrix: scale, bias: beta.sub(mean.mul(scale)), activation });
}

/**
 * Move a norm's statistics towards a batch's: old·momentum + batch·(1 − momentum), with the unbiased
 * variance. Moments of more channels than the norm has: the first ones count. Of several ranks the
 * first keeps the statistics.
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
  if (pass.ranks?.isFirst === false) return;
  const paces = pacesOf(pass.momentum ?? norm.momentum, count);
  tf.tidy(() => {
    move(pass.store.get(`${prefix}/mean`), mean, paces.mean);
    move(pass.store.get(`${prefix}/variance`), variance, paces.variance);
  });
}

/** How much of the old statistic is kept, and the factor of the batch's. */
interface Pace {
  readonly keep: number;
  readonly factor: number;
}

function pacesOf(momentum: number, count: number): Readonly<Record<"mean" | "variance", Pace>> {
  const unbiased = count > 1 ? count / (count - 1) : 1;
  const keep = momentum, factor = 1 - momentum;
  return { mean: { keep, factor }, variance: { keep, factor: factor * unbiased } };
}

/** `moveStatistics` by moments on the host. */
export function moveStatisticsOnHost(
  store: VariableStore,
  { mean, variance }: { readonly mean: Float64Array; readonly variance: Float64Array },
  { prefix, momentum, count }: {
    readonly prefix: string;
    readonly momentum: number;
    readonly count: number;
  },
): void {
  const paces = pacesOf(momentum, count);
  tf.tidy(() => {
    moveOnHost(store.get(`${prefix}/mean`), mean, paces.mean);
    moveOnHost(store.get(`${prefix}/variance`), variance, paces.variance);
  });
}

function moveOnHost(
  statistic: tf.Variable,
  batch: ArrayLike<number>,
  { keep, factor }: Pace,
): void {
  const moved = statistic.dataSync<"float32">().map((old, c) =>
    c < batch.length ? old * keep + batch[c]! * factor : old
  );
  statistic.assign(tf.tensor1d(moved));
}

function move(statistic: tf.Variable, batch: tf.Tensor1D, pace: Pace): void {
  if (engineServices().readsCheaply) return moveOnHost(statistic, batch.dataSync(), pace);
  const size = statistic.size, known = batch.size, { keep, factor } = pace;
  const old = firstChannels(statistic, Math.min(size, known));
  const moved = tf.add(old.mul(keep), firstChannels(batch, Math.min(size, known)).mul(factor));
  statistic.assign(known < size ? tf.concat([moved, statistic.slice([known])]) : moved);
}
