/**
 * Core of the framework: contracts, plugins, pipelines, runs. It loads no tensor library and knows no
 * algorithm, neither of graphs nor of pruning.
 *
 * @module
 */
export { type Aggregator, AggregatorToken } from "./contracts/aggregator.ts";
export type {
  Activation,
  ActivationName,
  ActivationNode,
  AddNode,
  Block,
  Blueprint,
  BlueprintNode,
  ConcatNode,
  ConvBase,
  ConvNode,
  CropNode,
  DenseNode,
  DepthwiseConvNode,
  DropoutNode,
  FlattenNode,
  GlobalPoolNode,
  InputNode,
  LayerSource,
  MakerNode,
  MergeNode,
  NodeBase,
  NodeId,
  NormNode,
  NormSpec,
  OpaqueNode,
  Origin,
  OutputSpec,
  Padding,
  PadNode,
  PoolNode,
  PreluNode,
  RescaleNode,
  ReshapeNode,
  Size,
  Stage,
  StageId,
  TransposedConvNode,
  UpsampleNode,
} from "./contracts/blueprint.ts";
export type { Amount, Budget, BudgetLimit, BudgetZone } from "./contracts/budget.ts";
export { type Checkpoint, NO_CHECKPOINT, type SaveOptions } from "./contracts/checkpoint.ts";
export {
  type CostModel,
  CostModelToken,
  type CostNode,
  type NetworkCostModel,
  NetworkCostModelToken,
  type PlacedNetwork,
  type PlacedNode,
  type Shape,
} from "./contracts/cost_model.ts";
export {
  type Augmentation,
  type ByOutput,
  type ColorJitter,
  type DataForm,
  type Dataset,
  isSource,
  type ItemShape,
  type LabelForm,
  type MemoryDataset,
  type MemorySplit,
  type Normalization,
  type OutputForm,
  type OutputLabelForm,
  type Split,
} from "./contracts/dataset.ts";
export {
  type Architecture,
  type ChannelSlice,
  type Choices,
  type Decision,
  type DecisionId,
  type Effect,
  type LayerChannels,
  type Mixture,
  type Mixtures,
  unprunedValue,
} from "./contracts/decision.ts";
export {
  type GroupMember,
  type Importance,
  type ImportanceInput,
  type ImportanceNeed,
  ImportanceToken,
  type MemberRole,
} from "./contracts/importance.ts";
export { type ModelFormat, ModelFormatToken } from "./contracts/model_format.ts";
export type {
  ForwardOptions,
  HostTensor,
  Network,
  Outputs,
  TrainedNetwork,
  Weights,
} from "./contracts/network.ts";
export {
  type BatchLabels,
  type Metric,
  type Metrics,
  type MetricValue,
  type Objective,
  ObjectiveToken,
} from "./contracts/objective.ts";
export { type Penalty, type PenaltyInput, PenaltyToken } from "./contracts/penalty.ts";
export {
  type LimitedInput,
  type Regularizer,
  type RegularizerInput,
  RegularizerToken,
} from "./contracts/regularizer.ts";
export { augmentationSchema } from "./contracts/augmentation_schema.ts";
export {
  type Box,
  type CroppingSource,
  drawBox,
  type ResizedCrop,
} from "./contracts/resized_crop.ts";
export { type Moment, type Schedule, valueAt } from "./contracts/schedule.ts";
export { type SampleOptions, type Sampler, SamplerToken } from "./contracts/sampler.ts";
export { readStates, type Stateful, writeStates } from "./contracts/stateful.ts";
export { type SearchSpace, SearchSpaceToken } from "./contracts/search_space.ts";
export {
  type Batch,
  type Batches,
  type ExpectationOptions,
  type LimitedCost,
  type Ranking,
  type Score,
  type ScoreOptions,
  type SearchContext,
  type SearchProgress,
  type SearchResult,
  type SearchStrategy,
  SearchStrategyToken,
} from "./contracts/search_strategy.ts";
export { type Fields, rateFields, sgdFields, trainingFields } from "./contracts/training_fields.ts";
export {
  type RateSchedule,
  type SgdOptions,
  type TrainingOptions,
  type TrainingRecipe,
  TrainingRecipeToken,
} from "./contracts/training_recipe.ts";
export type { Numbers, Source } from "./contracts/source.ts";
export {
  type KeptChannels,
  type TaughtOutput,
  type Transfer,
  type TransferInput,
  type TransferPair,
  TransferToken,
} from "./contracts/transfer.ts";
export { registerDataset } from "./data_identity.ts";
export { type ItemsInOrder, readInOrder, readItems } from "./read_items.ts";
export {
  ERROR_CODES,
  EspalierError,
  type EspalierErrorCode,
  type EspalierErrorOptions,
  type SerializedError,
  serializeError,
} from "./errors.ts";
export {
  type CoreEvent,
  type EpochProgress,
  type LaterErrors,
  ofType,
  type PluginEvent,
  type SearchValues,
  type StepPosition,
} from "./events.ts";
export type { Json } from "./json.ts";
export type {
  AddsOf,
  AnyPhase,
  CoreEventBody,
  EventsOfPhase,
  NeedsOf,
  Phase,
  PhaseContext,
  PhaseIsMissing,
  Pipeline,
} from "./pipeline/phase.ts";
export { pipeline } from "./pipeline/pipeline.ts";
export { CONTRACTS } from "./plugin/contracts_version.ts";
export { type NoOptions, noOptions } from "./plugin/no_options.ts";
export {
  anyFunction,
  checkOptions,
  instance,
  type OptionFields,
  type ParseOptions,
  parseOptions,
  pathSchema,
  withMethods,
} from "./plugin/options.ts";
export {
  definePlugin,
  type PlacedPhase,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
  type PluginFactory,
} from "./plugin/plugin.ts";
export {
  type AnyPlugin,
  type EventsOf,
  type MakesOf,
  replaceAll,
  swap,
  without,
} from "./plugin/plugins.ts";
export { type ProvideOptions, type Resolver, Scope, type ServiceFactory } from "./plugin/scope.ts";
export { openServices } from "./plugin/services.ts";
export { contractError, pluginOf } from "./plugin/tagged.ts";
export {
  type Contract,
  createManyToken,
  createToken,
  type Flaw,
  type ManyToken,
  type Token,
} from "./plugin/token.ts";
export {
  createRandom,
  type MutableArrayLike,
  type Random,
  type RandomStream,
} from "./random/random.ts";
export { type JournalEvent, readJournal } from "./run/journal.ts";
export type { Run } from "./run/run.ts";
export { sha256 } from "./sha256.ts";
export type { ArtifactStore, WriteOptions } from "./store/artifact_store.ts";
export { folderStore } from "./store/folder_store.ts";
export { indexedDbStore } from "./store/indexed_db_store.ts";
export { memoryStore } from "./store/memory_store.ts";
export type { WaitOptions } from "./files/wait.ts";
