import type { Dataset } from "@espalier/core";
import { type ChannelStatistics, channelStatistics } from "./channel_statistics.ts";

/**
 * What normalises the images of a dataset: its own `normalization`, else mean and deviation of the
 * training split.
 *
 * @param dataset A valid dataset.
 * @returns Statistics, one number per channel; a promise of them where images must be read.
 */
export function normalizationOf(
  { train, shape, normalization }: Dataset,
): ChannelStatistics | Promise<ChannelStatistics> {
  return normalization ?? channelStatistics(train, shape);
}
