/**
 * What a network asks of an engine, and what is offered to it.
 *
 * @module
 */
export {
  type Convolution,
  type ConvolutionOptions,
  type ExecutorOps,
  executorOps,
  type Feature,
  type FeatureShape,
  type Pooling,
  type PoolingOptions,
  type RowMap,
  type RowMapGradient,
  type RowMapGradientOptions,
  useExecutor,
} from "./executor/ops.ts";
export { followRanks, type RankPlace } from "./follower.ts";
export { prefersHostAlgebra, useHostAlgebra } from "./ops/host_norms.ts";
export {
  type CloseMessage,
  type HostMixture,
  type OpenMessage,
  type PassMessage,
  type RankMessage,
  type RankPool,
  rankPool,
  type RankTeam,
  useRankPool,
} from "./ranks/rank_pool.ts";
