/**
 * Core of the framework: contracts, plugins, blueprints, networks, training, pipeline. It knows no
 * concrete algorithm.
 *
 * @module
 */
export {
  ERROR_CODES,
  EspalierError,
  type EspalierErrorCode,
  type EspalierErrorOptions,
  type SerializedError,
  serializeError,
} from "./errors.ts";

export type * from "./blueprint/blueprint.ts";
export type { DeriveOptions } from "./blueprint/check_choices.ts";
export { classesOf } from "./blueprint/classes_of.ts";
export { type Cost, costOf } from "./blueprint/cost_of.ts";
export { decisionsOf } from "./blueprint/decisions_of.ts";
export { derive } from "./blueprint/derive.ts";
export { inferShapes } from "./blueprint/infer_shapes.ts";
export {
  loadModel,
  loadNetwork,
  type SavedFiles,
  saveModel,
  toLayersModel,
} from "./blueprint/layers_model.ts";
export { modelIOHandler } from "./blueprint/model_io_handler.ts";
export { conv, type ConvOptions, DEFAULT_NORM } from "./blueprint/nodes.ts";
export { validateBlueprint } from "./blueprint/validate_blueprint.ts";
export { type WidthGroupOptions, widthGroups } from "./blueprint/width_groups.ts";

// Networks and training
export { compile, type CompileOptions } from "./network/compile.ts";
export { inheritWeights } from "./network/inherit.ts";
export { softmaxCrossEntropy } from "./network/ops/softmax_cross_entropy.ts";
export {
  initialWeights,
  type ParameterRole,
  type ParameterSpec,
  parameterSpecs,
} from "./network/parameters.ts";
export {
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  nextTurn,
  recalibrateNorms,
} from "./training/evaluate.ts";
export { type LossGradients, lossGradients } from "./training/loss_gradients.ts";
export {
  checkLoss,
  countCorrect,
  RunningMean,
  type TensorBatch,
  toTensors,
} from "./training/measures.ts";
export {
  type AdamOptions,
  createAdam,
  createSgd,
  type NamedGradients,
  type NamedVariables,
  type Optimizer,
} from "./training/optimizer.ts";
export { rateAt, type RateMoment } from "./training/rate_at.ts";

// Contracts
export type {
  Architecture,
  Choices,
  Decision,
  DecisionId,
  Effect,
  Mixture,
  Mixtures,
} from "./contracts/decision.ts";
export { type Aggregator, AggregatorToken } from "./contracts/aggregator.ts";
export {
  type CostModel,
  CostModelToken,
  type CostNode,
  type Shape,
} from "./contracts/cost_model.ts";
export type {
  ForwardOptions,
  HostTensor,
  Network,
  Outputs,
  TrainedNetwork,
  Weights,
} from "./contracts/network.ts";
export {
  type Regularizer,
  type RegularizerInput,
  RegularizerToken,
} from "./contracts/regularizer.ts";
export { type SampleOptions, type Sampler, SamplerToken } from "./contracts/sampler.ts";
export { type SearchSpace, SearchSpaceToken } from "./contracts/search_space.ts";
export {
  type Batch,
  type SearchContext,
  type SearchProgress,
  type SearchResult,
  type SearchStrategy,
  SearchStrategyToken,
} from "./contracts/search_strategy.ts";
export {
  type RateSchedule,
  type SgdOptions,
  type TrainingOptions,
  type TrainingRecipe,
  TrainingRecipeToken,
} from "./contracts/training_recipe.ts";
export { type Transfer, type TransferInput, TransferToken } from "./contracts/transfer.ts";

// Plugins, services, events
export {
  type CoreEvent,
  type EpochProgress,
  ofType,
  type PluginEvent,
  type SearchValues,
  type StepPosition,
} from "./events.ts";
export type { Json } from "./json.ts";
export { type ParseOptions, parseOptions } from "./options.ts";
export {
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
  type PluginFactory,
} from "./plugin.ts";
export { type AnyPlugin, type EventsOf, replaceAll, swap, without } from "./plugins.ts";
export { type ProvideOptions, type Resolver, Scope, type ServiceFactory } from "./scope.ts";
export { createManyToken, createToken, type ManyToken, type Token } from "./token.ts";

// Pipelines, runs, artifacts
export { type DefaultHave, defaultPipeline } from "./pipeline/default_pipeline.ts";
export type {
  CoreEventBody,
  HasArchitecture,
  HasControl,
  HasPruned,
  HasReport,
  HasStudent,
  HasTeacher,
  Phase,
  PhaseContext,
  PhaseIsMissing,
  Pipeline,
  Report,
  ReportRow,
} from "./pipeline/phase.ts";
export { type AnyPhase, pipeline } from "./pipeline/pipeline.ts";
export { createPruner, type Pruner, type PrunerConfig, type RunOptions } from "./pruner.ts";
export type { Run } from "./run.ts";
export { type JournalEvent, readJournal } from "./journal.ts";
export type { HasModel, RunResult, SavedModel } from "./saved_model.ts";
export type { ArtifactStore, WriteOptions } from "./store/artifact_store.ts";
export { folderStore } from "./store/folder_store.ts";
export { memoryStore } from "./store/memory_store.ts";
export { VERSION } from "./version.ts";

// Data and randomness
export * from "./data/mod.ts";
export { createRandom, type MutableArrayLike, type Random, type RandomStream } from "./random.ts";

// Budgets and costs
export * from "./budget/mod.ts";

export { openServices } from "./services.ts";
export * as phases from "./phases/mod.ts";
