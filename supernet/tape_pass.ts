import { dimensionsOf, weightOwner, weightsOf } from "@espalier/blueprint";
import type { BlueprintNode, ForwardOptions, NodeId, NormSpec, Random } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "./channel_mask.ts";
import { ALONE, type BatchSums } from "./ops/batch_sums.ts";
import type { Moments } from "./ops/kernels.ts";
import { linearMap } from "./ops/linear_map.ts";
import { firstChannels, type FusedActivation } from "./ops/rows.ts";
import { batchNorm } from "./ops/tensor_norms.ts";
import type { RankPass } from "./ranks/rank_pass.ts";
import { moveStatistics } from "./statistics.ts";
import type { VariableStore } from "./store.ts";

/** One forward pass: the weights it reads, and how. */
export interface Pass extends ForwardOptions {
  /** The network's variables. */
  readonly store: VariableStore;
  /** Source of what dropout drops. */
  readonly random: Random;
  /** The other ranks, where each has a share of the batch. */
  readonly ranks?: RankPass;
  /** Where this rank's images lie in the batch, where there are others. */
  readonly share?: RankPass["share"] | undefined;
  /** Layers of opaque nodes. */
  readonly layers?: ReadonlyMap<NodeId, tf.layers.Layer>;
  /** What `shareParameters` made. */
  readonly parameters?: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Kernels, biases and slopes of which the first rank wants the gradient of the whole batch. They are made
 * before all else, so that on the way back nothing waits for the other ranks' until the end.
 */
export function shareParameters(
  { store, ranks, frozen }: Pass,
  nodes: readonly NodeId[],
): ReadonlyMap<string, tf.Tensor> {
  if (!ranks?.isFirst || frozen) return new Map();
  const names = nodes.flatMap((id) => [`${id}/kernel`, `${id}/bias`, `${id}/slope`]);
  return new Map(
    names.flatMap((name) => {
      const variable = store.parameters.get(name);
      return variable === undefined ? [] : [[name, ranks.shared(name, variable)] as const];
    }),
  );
}

/**
 * An array of a node, of as many channels as enter and leave it; its gradient is that of the whole
 * batch.
 */
export function learned(
  { store, frozen, ranks, parameters }: Pass,
  node: BlueprintNode,
  { name: part, ...channels }: { readonly name: string; readonly in: number; readonly out: number },
): tf.Tensor {
  const name = `${weightOwner(node)}/${part}`;
  const variable = parameters?.get(name) ?? store.get(name);
  const whole = ranks === undefined || parameters?.has(name)
    ? variable
    : frozen
    ? ranks.constant(name, variable)
    : ranks.shared(name, variable);
  const size = dimensionsOf(weightsOf(node).find(({ name }) => name === part)!, channels);
  return tf.slice(whole, size.map(() => 0), size);
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
  readonly activation: FusedActivation | undefined;
  /** Which channels are there. Default: all. */
  readonly mask?: ChannelMask;
}

/** The four arrays of a norm, of their first `channels`; ones or zeros for what it does not learn. */
export function normArrays(
  { store }: Pass,
  { prefix, channels }: { readonly prefix: string; readonly channels: number },
): { gamma: tf.Tensor1D; beta: tf.Tensor1D; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const read = (name: string) =>
    firstChannels(store.get(`${prefix}/${name}`), channels) as tf.Tensor1D;
  return {
    gamma: store.has(`${prefix}/gamma`) ? read("gamma") : tf.ones([channels]),
    beta: store.has(`${prefix}/beta`) ? read("beta") : tf.zeros([channels]),
    mean: read("mean"),
    variance: read("variance"),
  };
}

/** Norm `x` by batch or moving statistics; a narrower x uses the norm's first channels. */
export function applyNorm(pass: Pass, x: tf.Tensor, named: NamedNorm): tf.Tensor {
  const { prefix, norm, activation, mask } = named;
  const channels = x.shape[x.rank - 1]!;
  const { gamma, beta, mean, variance } = normArrays(pass, { prefix, channels });
  if (pass.training) {
    return batchNorm(x, {
      gamma,
      beta: (pass.frozen ? beta : pass.ranks?.tracked(beta) ?? beta) as tf.Tensor1D,
      epsilon: norm.epsilon,
      activation,
      batch: batchSums(pass, prefix),
      onMoments: (moments, count) => moveAverages(pass, moments, { prefix, norm, count, mask }),
    });
  }
  const scale = gamma.mul(tf.rsqrt(variance.add(norm.epsilon)));
  return linearMap(x, { matrix: scale, bias: beta.sub(mean.mul(scale)), activation });
}

/** Move the moving averages of a norm. Of several ranks the first keeps them. */
export function moveAverages(
  pass: Pass,
  moments: Moments,
  { prefix, norm, count, mask }: Omit<NamedNorm, "activation"> & { readonly count: number },
): void {
  if (pass.ranks?.isFirst === false) return;
  const momentum = pass.momentum ?? norm.momentum;
  moveStatistics(pass.store, moments, { prefix, momentum, count, mask });
}
