/**
 * What core asks of an engine and offers to it: ranks that share batches, and where small algebra belongs.
 *
 * @module
 */
export { followRanks, type RankPlace } from "./network/ranks/follower.ts";
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
} from "./network/ranks/rank_pool.ts";
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
} from "./network/executor/ops.ts";
export { useHostAlgebra } from "./network/ops/host_norms.ts";
