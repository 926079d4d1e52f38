/**
 * What a network asks of an engine, and what is offered to it.
 *
 * @module
 */
export { type EngineServices, engineServices, useEngineServices } from "./engine_services.ts";
export { type CompleteOps, completeOps } from "./executor/complete_ops.ts";
export {
  type Convolution,
  type ConvolutionOptions,
  type DepthwiseOptions,
  type ExecutorOps,
  type Feature,
  type FeatureShape,
  type Lack,
  type Pooling,
  type PoolingOptions,
  type RowMap,
  type RowMapGradient,
  type RowMapGradientOptions,
} from "./executor/ops.ts";
export { followRanks, type RankPlace } from "./follower.ts";
export {
  type CloseMessage,
  type HostMixture,
  type OpenMessage,
  type PassMessage,
  type RankMessage,
  type RankPool,
  type RankTeam,
} from "./ranks/rank_pool.ts";
