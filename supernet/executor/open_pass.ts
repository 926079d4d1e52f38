/**
 * What a pass of the executor reads of its network.
 *
 * @module
 */
import type { DecisionId, ForwardOptions, Mixtures, NodeId, Random } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { LinearMatrices } from "../linear_matrices.ts";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import { moveStatisticsOnHost } from "../statistics.ts";
import type { VariableStore } from "../store.ts";
import type { Pass } from "../tape_pass.ts";
import type { WrittenNetwork } from "./program.ts";
import type { ExecutorPass } from "./state.ts";

/** A network as the executor sees it. */
export interface ExecutedNetwork extends Omit<WrittenNetwork, "outputs"> {
  /** Nodes whose values it gives, the logits first. */
  readonly outputs: readonly NodeId[];
  /** Last nodes of its stages, by stage. */
  readonly ends: ReadonlyMap<string, NodeId>;
  /** What aligns its candidates, if it has any. */
  readonly matrices: LinearMatrices | undefined;
  /** Its variables. */
  readonly store: VariableStore;
  /** Source of what dropout drops. */
  readonly random: Random;
  /** Layers of opaque nodes. */
  readonly layers: ReadonlyMap<NodeId, tf.layers.Layer>;
}

/** A pass of one rank. */
export interface ExecuteOptions
  extends Pick<ForwardOptions, "training" | "frozen" | "momentum" | "step"> {
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Values of a weight. */
  readonly weights: (name: string) => Float32Array;
}

/** Mixtures and weights on the host, where the variables are. */
export function readsOnHost(
  { store }: Pick<ExecutedNetwork, "store">,
  mixtures: Mixtures,
): Pick<ExecuteOptions, "mixtures" | "weights"> {
  return {
    mixtures: new Map(
      [...mixtures].map(([id, { indices, weights }]) =>
        [id, { indices, weights: weights.dataSync<"float32">() }] as const
      ),
    ),
    weights: (name) => store.get(name).dataSync<"float32">(),
  };
}

/** A pass of a network on this rank. */
export function openPass(network: ExecutedNetwork, options: ExecuteOptions): ExecutorPass {
  const { ranks, mixtures, weights, training, frozen = false, momentum } = options;
  const { widths, store, matrices } = network;
  return {
    ...{ weights, mixtures, widths, training, frozen, ranks },
    shapeOf: (name) => store.get(name).shape,
    onTensors: (names) => passOnTensors(network, names, options),
    aggregation: (from, to) => matrices!.values(from, to),
    onMoments: (moments, { prefix, spec, count, mask }) => {
      if (ranks?.isFirst === false) return;
      const pace = momentum ?? spec.momentum;
      moveStatisticsOnHost(store, moments, { prefix, momentum: pace, count, mask });
    },
  };
}

/** Ranks behind the first have no variables: they make tensors of what that one has sent. */
function passOnTensors(
  { store, random, layers }: ExecutedNetwork,
  names: readonly string[],
  { training, frozen = false, step, ranks, weights }: ExecuteOptions,
): Pass {
  const read = (name: string) => {
    const variable = store.get(name);
    return ranks?.isFirst === false ? tf.tensor(weights(name), variable.shape) : variable;
  };
  return {
    ...{ training, frozen, store, random, layers, share: ranks?.share },
    ...step !== undefined && { step },
    parameters: new Map(names.map((name) => [name, read(name)])),
  };
}
