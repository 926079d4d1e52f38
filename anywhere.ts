/**
 * What needs nothing of Node or Deno: the part of the root that pages have too.
 *
 * @module
 */
export { createPruner, phases, type Pruner, type PrunerConfig } from "@espalier/pruning";
export type { HasStudent, Report, RunOptions } from "@espalier/pruning";

export {
  type Architecture,
  type Blueprint,
  type Budget,
  type BudgetZone,
  type CoreEvent,
  type Dataset,
  type Decision,
  EspalierError,
  type MemoryDataset,
  memoryStore,
  ofType,
  type Phase,
  type PhaseContext,
  pipeline,
  replaceAll,
  type Run,
  swap,
  without,
} from "@espalier/core";

export {
  type Aggregator,
  AggregatorToken,
  type CostModel,
  CostModelToken,
  createToken,
  definePlugin,
  type Importance,
  ImportanceToken,
  type Objective,
  ObjectiveToken,
  type Penalty,
  PenaltyToken,
  type Plugin,
  type PluginContext,
  type PluginFactory,
  type Regularizer,
  RegularizerToken,
  type Sampler,
  SamplerToken,
  type SearchContext,
  type SearchSpace,
  SearchSpaceToken,
  type SearchStrategy,
  SearchStrategyToken,
  TrainingRecipeToken,
  type Transfer,
  TransferToken,
} from "@espalier/core";

export { saveModel } from "@espalier/supernet";
export { fromArrays, subset } from "@espalier/training";

export { type ImportedNetwork, importModel, type ImportOptions } from "@espalier/import";
export { densenet, mobilenetV1, mobilenetV2, resnet, vgg } from "@espalier/networks";
export {
  htmlReport,
  networkTable,
  reportTable,
  searchPicture,
  widthsPicture,
} from "@espalier/reports/browser";

export type { RecipeName } from "./presets/recipes.ts";
export { tas, type TasEpochs, type TasOptions } from "./presets/tas.ts";

export { cwi } from "@espalier/plugin-cwi";
export { depthSearch } from "@espalier/plugin-depth-search";
export { differentiableSearch } from "@espalier/plugin-differentiable-search";
export { evolutionSearch } from "@espalier/plugin-evolution-search";
export { attentionTransfer, featureDistillation } from "@espalier/plugin-feature-transfer";
export { budgetLoss, flops } from "@espalier/plugin-flops";
export { gumbelSoftmax } from "@espalier/plugin-gumbel-softmax";
export { latency, measureLatency } from "@espalier/plugin-latency";
export { importancePruning } from "@espalier/plugin-importance-pruning";
export {
  activationMean,
  geometricMedian,
  l1Norm,
  l2Norm,
  normScale,
  randomImportance,
  taylor,
} from "@espalier/plugin-importances";
export { inheritWeights } from "@espalier/plugin-inherit-weights";
export { kd } from "@espalier/plugin-kd";
export {
  byOutput,
  classification,
  multiLabel,
  regression,
  segmentation,
} from "@espalier/plugin-objectives";
export { nearest } from "@espalier/plugin-nearest";
export { groupLasso, sparseScales } from "@espalier/plugin-penalties";
export { randomSearch } from "@espalier/plugin-random-search";
export { sortChannels } from "@espalier/plugin-sort-channels";
export { trainingRecipe } from "@espalier/plugin-training-recipe";
export { uniform } from "@espalier/plugin-uniform";
export { widthSearch } from "@espalier/plugin-width-search";
export { zeroPad } from "@espalier/plugin-zero-pad";
