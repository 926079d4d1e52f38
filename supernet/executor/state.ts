/**
 * What the steps of one pass share, and the backward pass that each leaves.
 *
 * @module
 */
import type { LayerPart } from "@espalier/blueprint";
import type { DecisionId, NodeId } from "@espalier/core";
import type { ChannelMask, MaskedValue } from "../channel_mask.ts";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import type { Pass } from "../tape_pass.ts";
import type { CompleteOps } from "./complete_ops.ts";
import type { Gradients, Ledger } from "./ledger.ts";
import type { BatchMoments } from "./norms.ts";
import type { Feature } from "./ops.ts";
import type { NamedNorm } from "./reads.ts";

/** A norm by name, and the number of values of each of its channels. */
export interface CountedNorm extends NamedNorm {
  /** N. */
  readonly count: number;
  /** Which channels are there. */
  readonly mask: ChannelMask;
}

/** What a pass reads, and what it calls with the moments that it finds. */
export interface ExecutorPass {
  /** All values of a weight. */
  readonly weights: (name: string) => Float32Array;
  /** Dimensions of a weight. */
  readonly shapeOf: (name: string) => readonly number[];
  /** A pass of TensorFlow.js that reads these weights. */
  readonly onTensors: (weights: readonly string[]) => Pass;
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** Searched layers, part by part. */
  readonly widths: ReadonlyMap<NodeId, readonly LayerPart[]>;
  /** Matrix of the linear aggregation, [from, to]. */
  readonly aggregation: (from: number, to: number) => Float32Array;
  /** Whether norms use batch statistics and a backward pass follows. */
  readonly training: boolean;
  /** Whether the weights' gradients are not needed. */
  readonly frozen: boolean;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Called with the moments of each norm's input. */
  readonly onMoments: (moments: BatchMoments, norm: CountedNorm) => void;
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
  readonly ops: CompleteOps;
  readonly pass: ExecutorPass;
  readonly ledger: Ledger;
  readonly dValues: Gradients;
  readonly gradients: ExecutorGradients;
  /** Values by name; held until the backward pass of their own step is done. */
  readonly values: Map<string, Feature>;
  /** Channels of each value, and which of them are there. */
  readonly masked: Map<string, MaskedValue>;
  /** Values that depend on no weight. */
  readonly constants: Set<string>;
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

/** Add a gradient to what is known of it: several readers may share an array or a decision. */
export function addGradient<Name extends string>(
  gradients: Map<Name, Float32Array>,
  name: Name,
  found: Float32Array,
): void {
  const known = gradients.get(name);
  gradients.set(name, known ? found.map((value, i) => value + known[i]!) : found);
}

/** Add the gradient of a value, unless that is a constant. */
export function addValueGradient(
  { constants, dValues }: Pick<PassState, "constants" | "dValues">,
  name: string,
  dy: Feature,
): void {
  if (!constants.has(name)) dValues.add(name, dy);
}
