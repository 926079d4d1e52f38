import * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "./channel_mask.ts";
import { engineServices } from "./engine_services.ts";
import type { Moments } from "./ops/kernels.ts";
import { firstChannels } from "./ops/rows.ts";
import type { VariableStore } from "./store.ts";

/** Which moving averages move, and how far. */
export interface StatisticsMove {
  /** Name of the norm, as in `stem/norm`. */
  readonly prefix: string;
  /** Share of the old average that is kept. */
  readonly momentum: number;
  /** Numbers behind each moment. */
  readonly count: number;
  /** Channels that are there; the averages of others stay. Default: all. */
  readonly mask?: ChannelMask;
}

/**
 * Move a norm's moving averages towards the moments of a batch: old·momentum + batch·(1 − momentum),
 * with the unbiased variance. Of moments of more channels than the norm has the first ones count.
 */
export function moveStatistics(
  store: VariableStore,
  { mean, variance }: Moments,
  { prefix, momentum, count, mask }: StatisticsMove,
): void {
  const paces = pacesOf({ momentum, count, mask });
  tf.tidy(() => {
    move(store.get(`${prefix}/mean`), mean, paces.mean);
    move(store.get(`${prefix}/variance`), variance, paces.variance);
  });
}

/** How much of the old statistic is kept, and the factor of the batch's. */
interface Pace {
  readonly keep: number;
  readonly factor: number;
  readonly mask: ChannelMask;
}

function pacesOf(
  { momentum, count, mask }: Omit<StatisticsMove, "prefix">,
): Readonly<Record<"mean" | "variance", Pace>> {
  const unbiased = count > 1 ? count / (count - 1) : 1;
  const keep = momentum, factor = 1 - momentum;
  return { mean: { keep, factor, mask }, variance: { keep, factor: factor * unbiased, mask } };
}

/** `moveStatistics` by moments on the host. */
export function moveStatisticsOnHost(
  store: VariableStore,
  { mean, variance }: { readonly mean: Float64Array; readonly variance: Float64Array },
  { prefix, momentum, count, mask }: StatisticsMove,
): void {
  const paces = pacesOf({ momentum, count, mask });
  tf.tidy(() => {
    moveOnHost(store.get(`${prefix}/mean`), mean, paces.mean);
    moveOnHost(store.get(`${prefix}/variance`), variance, paces.variance);
  });
}

function moveOnHost(
  statistic: tf.Variable,
  batch: ArrayLike<number>,
  { keep, factor, mask }: Pace,
): void {
  const moved = statistic.dataSync<"float32">().map((old, c) =>
    c < batch.length && mask?.[c] !== 0 ? old * keep + batch[c]! * factor : old
  );
  statistic.assign(tf.tensor1d(moved));
}

function move(statistic: tf.Variable, batch: tf.Tensor1D, pace: Pace): void {
  if (engineServices().readsCheaply) return moveOnHost(statistic, batch.dataSync(), pace);
  const size = statistic.size, known = batch.size, { keep, factor, mask } = pace;
  const old = firstChannels(statistic, Math.min(size, known));
  const all = tf.add(old.mul(keep), firstChannels(batch, Math.min(size, known)).mul(factor));
  const moved = mask === undefined ? all : tf.where(tf.tensor1d(mask).cast("bool"), all, old);
  statistic.assign(known < size ? tf.concat([moved, statistic.slice([known])]) : moved);
}
