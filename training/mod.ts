/**
 * Training of networks: data in batches, optimizers, loops, measures.
 *
 * @module
 */
export { type ChannelStatistics, channelStatistics } from "./data/channel_statistics.ts";
export { type BatchesOptions, createBatches } from "./data/create_batches.ts";
export type { LooseSplit } from "./data/dataset_schema.ts";
export { drawByClass, type DrawOptions } from "./data/draw_by_class.ts";
export { type ArraysOptions, fromArrays } from "./data/from_arrays.ts";
export { type Halves, splitHalves } from "./data/split_halves.ts";
export { normalizationOf } from "./data/normalization_of.ts";
export { subset, type SubsetOptions } from "./data/subset.ts";
export { validateDataset } from "./data/validate_dataset.ts";
export {
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  nextTurn,
  recalibrateNorms,
} from "./evaluate.ts";
export { type LossGradients, lossGradients } from "./loss_gradients.ts";
export { checkLoss, countCorrect, RunningMean, type TensorBatch, toTensors } from "./measures.ts";
export { Meter, type MeterReading } from "./meter.ts";
export {
  type AdamOptions,
  createAdam,
  createSgd,
  type NamedGradients,
  type NamedVariables,
  type Optimizer,
} from "./optimizer.ts";
export { rateAt, type RateMoment } from "./rate_at.ts";
export { blameTerms, isFiniteTensor, penaltyTerms, type Term } from "./terms.ts";
export { trainNetwork, type TrainNetworkOptions } from "./train_network.ts";
