import type { Tensor1D } from "@tensorflow/tfjs";
import type { NodeId, StageId } from "./blueprint.ts";

/** Name of a decision: its first layer or slice (`a[4:8]`), or its stage. */
export type DecisionId = string;

/** Channels of a layer that stand in a row, `from` … `from` + `count` − 1 of the unpruned network. */
export interface ChannelSlice {
  /** The layer. */
  readonly layer: NodeId;
  /** The first of them. */
  readonly from: number;
  /** How many they are. */
  readonly count: number;
}

/** All channels of a layer, or a slice of them. */
export type LayerChannels = NodeId | ChannelSlice;

/** What a decision changes. Plain data, so that the supernet can fuse it. */
export type Effect =
  /**
   * The output channels of layers: channel k of the decision is the k-th of each. The first leads, the
   * others follow it.
   */
  | { readonly kind: "channels"; readonly nodes: readonly LayerChannels[] }
  /** The number of blocks that a stage keeps. */
  | { readonly kind: "exit"; readonly stage: StageId };

/** One width or depth to decide. */
export interface Decision {
  /** Unique name. */
  readonly id: DecisionId;
  /** Name of the search space that it belongs to. */
  readonly space: string;
  /** What may be chosen: channels or blocks, ascending; the unpruned value is among them. */
  readonly candidates: readonly number[];
  /**
   * The unpruned value. Widths may grow beyond it, depths may not.
   *
   * @default the last candidate
   */
  readonly unpruned?: number;
  /** What it changes. */
  readonly effect: Effect;
}

/** The unpruned value of a decision. */
export function unprunedValue({ candidates, unpruned }: Decision): number {
  return unpruned ?? candidates.at(-1)!;
}

/** The chosen candidate *value* (channels or blocks, not an index) of every decision. */
export type Choices = Readonly<Record<DecisionId, number>>;

/** An architecture within the search space of one network. */
export interface Architecture {
  /** Name of the blueprint. */
  readonly network: string;
  /** What was chosen. */
  readonly choices: Choices;
  /**
   * Channels kept by layer or slice (`a[4:8]`), ascending, counted from its first one. Absent: the first
   * ones.
   */
  readonly kept?: Readonly<Record<string, readonly number[]>>;
}

/** K candidates of one decision and how they are mixed. */
export interface Mixture {
  /** Distinct indices into the decision's candidates. */
  readonly indices: readonly number[];
  /** Weight of each, [K]. Differentiable where a sampler made it. */
  readonly weights: Tensor1D;
}

/** Mixtures by decision. */
export type Mixtures = ReadonlyMap<DecisionId, Mixture>;
