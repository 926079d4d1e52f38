import type { Scalar, Tensor, Tensor4D, Variable } from "@tensorflow/tfjs";
import { createManyToken, type Flaw, type ManyToken } from "../plugin/token.ts";
import type { RandomStream } from "../random/random.ts";
import type { Blueprint, NodeId, StageId } from "./blueprint.ts";
import type { OutputLabelForm } from "./dataset.ts";
import { nameFlaw, numberFlaw, scheduleFlaw, tensorFlaw, told } from "./flaws.ts";
import type { Outputs, TrainedNetwork, Weights } from "./network.ts";
import type { Moment, Schedule } from "./schedule.ts";
import { weightsFlaw } from "./weights_flaw.ts";
import type { Stateful } from "./stateful.ts";

/** Channels of the unpruned network that a value of the derived one holds, by node or stage. */
export type KeptChannels = ReadonlyMap<NodeId | StageId, readonly number[]>;

/** The two networks of a transfer, before the training. */
export interface TransferPair {
  /** The derived network. */
  readonly student: Blueprint;
  /** The unpruned network. */
  readonly teacher: Blueprint;
  /** What the student's tapped values hold. */
  readonly kept: KeptChannels;
  /** Source of first values; the same in every run of a seed. */
  readonly random: RandomStream;
}

/** An output of both networks on one batch, as the objective sees it, with its labels. */
export interface TaughtOutput {
  /** [batch, …], of the network in training. */
  readonly student: Tensor;
  /** [batch, …], of the teacher. */
  readonly teacher: Tensor;
  /** As the objective's loss takes them: one-hot [batch, classes] where images have one class. */
  readonly labels: Tensor;
  /** What the labels of one image are. */
  readonly kind: OutputLabelForm["kind"];
  /** Factor of its loss in the objective's. */
  readonly weight: number;
}

/** What a transfer loss sees in one step. */
export interface TransferInput extends Moment {
  /** Outputs of the network in training; its features are those of this transfer's taps. */
  readonly student: Outputs;
  /** Outputs of the teacher, in inference mode, on the same batch. */
  readonly teacher: Outputs;
  /** What the student's tapped values hold. */
  readonly kept: KeptChannels;
  /** Normalised images, [batch, height, width, channels]. */
  readonly images: Tensor4D;
  /** The outputs, one by one: a single one, or those that an objective for several knows. */
  readonly outputs: readonly TaughtOutput[];
  /** Step of the training, from 0. */
  readonly step: number;
  /** Source of noise of this transfer in this step. */
  readonly random: RandomStream;
  /** Its own trainable parameters, by the names that {@linkcode Transfer.parameters} gave. */
  readonly parameters: Readonly<Record<string, Variable>>;
}

/**
 * Transfers knowledge from the unpruned network to the derived one. The loss of a step is
 * Π taskWeight · loss of the objective + Σ loss. The teacher runs only if one transfer has a loss.
 */
export interface Transfer extends Stateful {
  /** Name, for reports. */
  readonly name: string;
  /**
   * Factor of the objective's loss with the labels.
   *
   * @default {1}
   */
  readonly taskWeight?: Schedule;
  /**
   * Nodes or stages of the unpruned network whose values the loss needs, in both networks. A stage's
   * value is what leaves it, whatever its depth. A node that a decision about depth can cut is
   * refused before any work: tap its stage.
   */
  taps?(unpruned: Blueprint): readonly (NodeId | StageId)[];
  /**
   * Weights for the student to start from, by name; the others keep their initialisation. The teacher
   * has the weights that the search has trained on, if it has.
   */
  initialize?(student: TrainedNetwork, teacher: TrainedNetwork): Weights;
  /**
   * First values of trainable parameters of its own, such as a regressor from the student's features
   * to the teacher's. They are trained with the student and dropped at the end.
   */
  parameters?(networks: TransferPair): Weights;
  /** A term of the loss, a batch mean. */
  loss?(input: TransferInput): Scalar;
}

function tapsFlaw(taps: unknown): Flaw {
  if (Array.isArray(taps) && taps.every((tap) => typeof tap === "string")) return undefined;
  return `must be a list of nodes and stages: ${told(taps)}`;
}

/** Token of the {@linkcode Transfer}s of a run. */
export const TransferToken: ManyToken<Transfer> = createManyToken<Transfer>(
  "@espalier/core/Transfer",
  {
    members: { name: nameFlaw, taskWeight: (weight = 1) => scheduleFlaw(weight, 0) },
    returns: {
      taskWeight: (made) => numberFlaw(made, 0),
      taps: tapsFlaw,
      initialize: (made, [student]) => weightsFlaw(made, student.weights),
      parameters: (made) => weightsFlaw(made),
      loss: (made) => tensorFlaw(made, []),
    },
  },
);
