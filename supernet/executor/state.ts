/**
 * What the steps of one pass share, and the backward pass that each leaves.
 *
 * @module
 */
import type { Decision, DecisionId, NodeId, NormSpec } from "@espalier/core";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import type { Gradients, Ledger } from "./ledger.ts";
import type { BatchMoments } from "./norms.ts";
import type { ExecutorOps, Feature } from "./ops.ts";

/** A norm by name, and the number of values of each of its channels. */
export interface NamedSpec {
  /** As in `stem/norm`. */
  readonly prefix: string;
  /** Its constants. */
  readonly spec: NormSpec;
  /** N. */
  readonly count: number;
}

/** What a pass reads, and what it calls with the moments that it finds. */
export interface ExecutorPass {
  /** All values of a weight. */
  readonly weights: (name: string) => Float32Array;
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** Candidates of the decisions about widths, by node. */
  readonly widths: ReadonlyMap<NodeId, Decision>;
  /** Matrix of the linear aggregation, [from, to]. */
  readonly aggregation: (from: number, to: number) => Float32Array;
  /** Whether norms use batch statistics and a backward pass follows. */
  readonly training: boolean;
  /** Whether the weights' gradients are not needed. */
  readonly frozen: boolean;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Called with the moments of each norm's input. */
  readonly onMoments: (moments: BatchMoments, norm: NamedSpec) => void;
}

/** Gradients by name: weights, and the weights of mixtures. */
export interface ExecutorGradients {
  /**
   * By parameter. Those of kernels, biases and dense weights are this rank's, others the batch's.
   */
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
  /** Values by name; held until the backward pass of their own step is done. */
  readonly values: Map<string, Feature>;
  /** Values that depend on no weight. */
  readonly constants: ReadonlySet<string>;
}

/** The backward pass of one step. */
export interface WayBack extends Disposable {
  /** The value whose gradient it starts from. */
  readonly value: string;
  /**
   * Run it on the gradients of the value, one per reader and at least one; the caller frees them.
   */
  back(dys: readonly Feature[]): void;
}
