import { createToken, type Flaw, type Token } from "../plugin/token.ts";
import { numberFlaw, told } from "./flaws.ts";

/** A learning-rate schedule. */
export interface RateSchedule {
  /** Highest rate, reached after the warm-up. */
  readonly peak: number;
  /** Epochs of linear warm-up from 0, step by step. */
  readonly warmupEpochs: number;
  /** Decay from `peak` to `final`, epoch by epoch, over all epochs but the held ones. */
  readonly decay: "cosine" | "constant";
  /** Rate at the end of the decay. */
  readonly final: number;
  /** Epochs at the end that stay at `final`. */
  readonly holdEpochs: number;
}

/** Stochastic gradient descent; weight decay is added to the gradient. */
export interface SgdOptions {
  /** Factor of the old velocity in a step. */
  readonly momentum: number;
  /** Whether to use Nesterov momentum. */
  readonly nesterov: boolean;
  /** Weight decay. */
  readonly decay: number;
}

/** How a network is trained. */
export interface TrainingOptions {
  /** Epochs in all, warm-up and hold included. */
  readonly epochs: number;
  /** Images per step. */
  readonly batchSize: number;
  /** Learning rate. */
  readonly rate: RateSchedule;
  /** Optimizer of the weights. */
  readonly optimizer: SgdOptions;
}

/** Settings of the phases that train. */
export interface TrainingRecipe {
  /** Of the unpruned network. */
  readonly pretrain: TrainingOptions;
  /** Of the derived network. */
  readonly train: TrainingOptions;
}

function trainingFlaw(training: TrainingOptions): Flaw {
  const { epochs, batchSize, rate, optimizer } = Object(training) as TrainingOptions;
  for (const [name, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      return `must have a whole number of "${name}" from 1: ${told(value)}`;
    }
  }
  const { peak, warmupEpochs, final, holdEpochs, decay: shape } = Object(rate) as RateSchedule;
  const { momentum, decay, nesterov } = Object(optimizer) as SgdOptions;
  const numbers = { peak, warmupEpochs, final, holdEpochs, momentum, decay };
  for (const [name, value] of Object.entries(numbers)) {
    const flaw = numberFlaw(value, 0);
    if (flaw !== undefined) return `has "${name}", which ${flaw}`;
  }
  if (shape !== "cosine" && shape !== "constant") {
    return `must decay its rate by "cosine" or be "constant": ${told(shape)}`;
  }
  return typeof nesterov === "boolean" ? undefined : `must say "nesterov": ${told(nesterov)}`;
}

/** Token of the {@linkcode TrainingRecipe} of a run. */
export const TrainingRecipeToken: Token<TrainingRecipe> = createToken<TrainingRecipe>(
  "@espalier/core/TrainingRecipe",
  { members: { pretrain: trainingFlaw, train: trainingFlaw } },
);
