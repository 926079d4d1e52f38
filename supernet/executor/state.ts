/**
 * What the steps of one pass share, and the way back that each leaves.
 *
 * @module
 */
import type { Decision, DecisionId, NodeId, NormSpec } from "@espalier/core";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import type { Gradients, Ledger } from "./ledger.ts";
import type { BatchMoments } from "./norms.ts";
import type { ExecutorOps, Feature } from "./ops.ts";

/** A norm by name, and how many numbers are behind each of its channels. */
export interface NamedSpec {
  /** As in `stem/norm`. */
  readonly prefix: string;
  /** Its constants. */
  readonly spec: NormSpec;
  /** N. */
  readonly count: number;
}

/** What a pass reads, and where it tells what it found. */
export interface ExecutorPass {
  /** Values of a weight, whole. */
  readonly weights: (name: string) => Float32Array;
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** Candidates of the decisions about widths, by node. */
  readonly widths: ReadonlyMap<NodeId, Decision>;
  /** Linear aggregation from × to. */
  readonly aggregation: (from: number, to: number) => Float32Array;
  /** Whether norms use batch statistics, and there will be a way back. */
  readonly training: boolean;
  /** Whether the weights' gradients are not needed. */
  readonly frozen: boolean;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Told the moments behind each norm. */
  readonly onMoments: (moments: BatchMoments, norm: NamedSpec) => void;
}

/** Gradients by name: weights, and the weights of mixtures. */
export interface ExecutorGradients {
  /** By parameter. Kernels, biases and dense weights are this rank's, the rest the batch's. */
  readonly weights: Map<string, Float32Array>;
  /** By decision: of widths the batch's, of depths this rank's. */
  readonly mixtures: Map<DecisionId, Float32Array>;
}

/** What the steps of a pass share. */
export interface PassState {
  readonly ops: ExecutorOps;
  readonly pass: ExecutorPass;
  readonly ledger: Ledger;
  readonly dValues: Gradients;
  readonly gradients: ExecutorGradients;
  /** Values by name; held until their own way back is done. */
  readonly values: Map<string, Feature>;
  /** Values that depend on no weight. */
  readonly constants: ReadonlySet<string>;
}

/** One way back. */
export interface WayBack extends Disposable {
  /** The value that it starts from. */
  readonly value: string;
  /** Go back from the gradients of the value, one a reader; at least one, released by the walk. */
  back(dys: readonly Feature[]): void;
}
