/**
 * Training of networks: data in batches, optimizers, loops, measures.
 *
 * @module
 */
export { type ChannelStatistics, channelStatistics } from "./data/channel_statistics.ts";
export { createBatches } from "./data/create_batches.ts";
export type { BatchesOptions } from "./data/make_batch.ts";
export type { LooseSplit } from "./data/dataset_schema.ts";
export {
  countOf,
  type LabelPart,
  labelParts,
  labelsByOutput,
  ofOutput,
  strataOf,
} from "./data/label_form.ts";
export { answer, answersOf, entering, listed } from "./answers.ts";
export { drawByClass, type DrawOptions } from "./data/draw_by_class.ts";
export { type ArraysOptions, fromArrays } from "./data/from_arrays.ts";
export { type Halves, splitHalves } from "./data/split_halves.ts";
export { normalizationOf } from "./data/normalization_of.ts";
export { subset, type SubsetOptions } from "./data/subset.ts";
export { checkLabelSources, validateDataset } from "./data/validate_dataset.ts";
export { evaluate, type EvaluateOptions, nextTurn, recalibrateNorms } from "./evaluate.ts";
export { type LossGradients, lossGradients } from "./loss_gradients.ts";
export { checkLoss, type TensorBatch, toInputs, toTensors } from "./measures.ts";
export { Meter, type MeterReading } from "./meter.ts";
export { baselineOf } from "./objective/baseline.ts";
export { objectiveOf } from "./objective/objective_of.ts";
export { objectiveTerms } from "./objective/objective_terms.ts";
export { plainClassification, type PlainObjective } from "./objective/plain_classification.ts";
export {
  type BatchResult,
  type Evaluation,
  RunningMean,
  type Sums,
} from "./objective/running_mean.ts";
export {
  type AdamOptions,
  createAdam,
  createSgd,
  type NamedGradients,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
export { rateAt, type RateMoment } from "./rate_at.ts";
export { blameTerms, isFiniteTensor, penaltyTerms, type Term } from "./terms.ts";
export { trainNetwork, type TrainNetworkOptions } from "./train_network.ts";
