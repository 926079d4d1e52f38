import type { Tensor, Tensor4D, Variable } from "@tensorflow/tfjs";
import type { Blueprint, NodeId, StageId } from "./blueprint.ts";
import type { Decision, Mixtures } from "./decision.ts";

/** Values of one weight on the host. */
export interface HostTensor {
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Entries, row-major. */
  readonly values: Float32Array;
}

/** Weights and moving statistics by name, on the host. */
export type Weights = Readonly<Record<string, HostTensor>>;

/** A trained network as plain data. */
export interface TrainedNetwork {
  /** What it is. */
  readonly blueprint: Blueprint;
  /** Its weights and moving statistics. */
  readonly weights: Weights;
}

/** Settings of a forward pass. */
export interface ForwardOptions {
  /** Whether norms use batch statistics and update their moving averages. */
  readonly training: boolean;
  /** For a supernet: how the candidates of every decision are mixed. */
  readonly mixtures?: Mixtures;
  /** Nodes, or stages (their outputs), whose values are returned with the logits. */
  readonly taps?: readonly (NodeId | StageId)[];
  /** Whether gradients with respect to the parameters are not needed, as in an architecture step. */
  readonly frozen?: boolean;
  /** Momentum of the moving averages in this pass, instead of the norms' own. */
  readonly momentum?: number;
  /** Key of the dropout masks: the same number drops the same entries. */
  readonly step?: number;
}

/** What a forward pass gives. */
export interface Outputs {
  /** Value of the output node: [batch, channels] or [batch, height, width, channels]. */
  readonly logits: Tensor;
  /** Values of all outputs, in the blueprint's order; absent where there is one. */
  readonly all?: readonly Tensor[];
  /** Values of the tapped nodes. */
  readonly features: ReadonlyMap<NodeId | StageId, Tensor>;
}

/**
 * A compiled blueprint. `forward` runs on TensorFlow.js's tape, so `tf.variableGrads` and `tf.grads`
 * differentiate it with respect to parameters and mixture weights.
 *
 * Names: `<node>/kernel`, `<node>/bias`, `<node>/norm/gamma|beta|mean|variance`; for the candidate i
 * of a searched convolution `<node>/norm/<i>/gamma` and so on.
 */
export interface Network extends Disposable {
  /** What was compiled. */
  readonly blueprint: Blueprint;
  /** Decisions of the supernet; empty for a plain network. */
  readonly decisions: readonly Decision[];
  /** Trainable variables by name. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Moving means and variances by name. */
  readonly statistics: ReadonlyMap<string, Variable>;
  /** Run the network on [batch, height, width, channels]; of several inputs one each, in their order. */
  forward(images: Tensor4D | readonly Tensor4D[], options: ForwardOptions): Outputs;
  /** Copy all weights to the host. */
  read(): Promise<Weights>;
  /** Set weights by name; an unknown name or a different shape is an error. */
  write(weights: Weights): void;
}
