import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { Blueprint, NodeId } from "./blueprint.ts";
import type { Outputs, TrainedNetwork, Weights } from "./network.ts";

/** What a transfer loss sees in one step. */
export interface TransferInput {
  /** Outputs of the network in training. */
  readonly student: Outputs;
  /** Outputs of the teacher, in inference mode, on the same batch. */
  readonly teacher: Outputs;
  /** One-hot labels, [batch, classes]. */
  readonly labels: Tensor2D;
}

/**
 * Transfers knowledge from the unpruned network to the derived one. The loss of a step is
 * Π taskWeight · cross-entropy + Σ loss. The teacher runs only if one transfer has a loss.
 */
export interface Transfer {
  /** Name, for reports. */
  readonly name: string;
  /**
   * Factor of the cross-entropy with the labels.
   *
   * @default {1}
   */
  readonly taskWeight?: number;
  /** Nodes whose values the loss needs, in both networks. */
  taps?(blueprint: Blueprint): readonly NodeId[];
  /** Weights for the student to start from, by name; the others keep their initialisation. */
  initialize?(student: TrainedNetwork, teacher: TrainedNetwork): Weights;
  /** A term of the loss, a batch mean. */
  loss?(input: TransferInput): Scalar;
}

/** Token of the {@linkcode Transfer}s of a run. */
export const TransferToken: ManyToken<Transfer> = createManyToken<Transfer>(
  "@espalier/core/Transfer",
);
