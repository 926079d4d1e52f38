import type { Tensor1D } from "@tensorflow/tfjs";
import type { NodeId, StageId } from "./blueprint.ts";

/** Name of a decision: its first node, or its stage. */
export type DecisionId = string;

/** What a decision changes. Plain data, so that the supernet can fuse it. */
export type Effect =
  /** The output channels of convolutions; the first node leads, the others follow it. */
  | { readonly kind: "channels"; readonly nodes: readonly NodeId[] }
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
  /** Channels kept by node, ascending, as `Origin` numbers them. Absent: the first ones. */
  readonly kept?: Readonly<Record<NodeId, readonly number[]>>;
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
