/**
 * What an engine needs to share batches among ranks.
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
