import { createToken, type Token } from "../plugin/token.ts";

/** How a learning rate moves over a training. */
export interface RateSchedule {
  /** Highest rate, reached after the warm-up. */
  readonly peak: number;
  /** Epochs of linear rise from 0, step by step. */
  readonly warmupEpochs: number;
  /** Shape of the fall from the peak to `final`, epoch by epoch, stretched over all epochs but the held ones. */
  readonly decay: "cosine" | "constant";
  /** Rate at the end of the fall. */
  readonly final: number;
  /** Epochs at the end that stay at `final`. */
  readonly holdEpochs: number;
}

/** Stochastic gradient descent; decay is added to the gradient. */
export interface SgdOptions {
  /** Share of the velocity that is kept. */
  readonly momentum: number;
  /** Whether to look ahead. */
  readonly nesterov: boolean;
  /** Weight decay. */
  readonly decay: number;
}

/** How a network is trained. */
export interface TrainingOptions {
  /** Epochs in all, warm-up and hold included. */
  readonly epochs: number;
  /** Images a step. */
  readonly batchSize: number;
  /** Learning rate. */
  readonly rate: RateSchedule;
  /** Optimizer of the weights. */
  readonly optimizer: SgdOptions;
}

/** Trainings of the phases that core brings. */
export interface TrainingRecipe {
  /** Of the unpruned network. */
  readonly pretrain: TrainingOptions;
  /** Of the derived network. */
  readonly train: TrainingOptions;
}

/** Token of the {@linkcode TrainingRecipe} of a run. */
export const TrainingRecipeToken: Token<TrainingRecipe> = createToken<TrainingRecipe>(
  "@espalier/core/TrainingRecipe",
);
