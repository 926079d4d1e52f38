/**
 * How an operation of blueprints is computed, and which stock layers it is. Each has a file of its
 * name in this folder, and one in `blueprint/ops` that says what it is.
 *
 * @module
 */
import type { LayerPart } from "@espalier/blueprint";
import type { BlueprintNode, NodeId, Shape } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "../channel_mask.ts";
import type { MixWidthsOptions } from "../mix_widths.ts";
import type { NodePlan } from "../plan.ts";
import type { Pass } from "../tape_pass.ts";

/** How a part of a searched layer is mixed in this pass. */
export interface PartMix {
  /** The part. */
  readonly part: LayerPart;
  /** What its norms are called. */
  readonly norms: string;
  /** How its candidates are mixed; undefined where nothing is decided about it. */
  readonly mix: Omit<MixWidthsOptions, "node" | "norms"> | undefined;
}

/** What a node's evaluation knows besides its inputs. */
export interface Evaluation<N extends BlueprintNode> {
  /** The node. */
  readonly node: N;
  /** Its place in the network. */
  readonly plan: NodePlan;
  /** Given for a layer whose width is searched: its parts, mostly one. */
  readonly mix: readonly PartMix[] | undefined;
  /** Which channels of its value are there. */
  readonly mask: ChannelMask;
}

/** A stock layer and the names of its weights, in its order. */
export interface StockLayer {
  /** The layer, not yet applied. */
  readonly layer: tf.layers.Layer;
  /** Weights as `Weights` names them. */
  readonly weights: readonly string[];
}

/** What stock layers need to know of the network. */
export interface StockContext {
  /** Shapes of all values. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** Axes of an example of all values. */
  readonly ranks: ReadonlyMap<NodeId, 1 | 2 | 3>;
  /** Nodes whose values are never negative. */
  readonly nonNegative: ReadonlySet<NodeId>;
}

/** An operation that computes. */
export interface NodeOp<N extends BlueprintNode = BlueprintNode> {
  /** The value of a node, on the tape. */
  evaluate(pass: Pass, inputs: readonly tf.Tensor[], evaluation: Evaluation<N>): tf.Tensor;
  /** The layers of a node, to be applied one after the other. */
  stock(node: N, context: StockContext): readonly StockLayer[];
}
