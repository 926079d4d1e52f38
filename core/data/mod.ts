/**
 * Datasets: their shape, checks, halves, subsets, statistics and batches.
 *
 * @module
 */
export { type ChannelStatistics, channelStatistics } from "./channel_statistics.ts";
export { type BatchesOptions, createBatches } from "./create_batches.ts";
export type { Augmentation, Dataset, Split } from "./dataset.ts";
export { type ArraysOptions, fromArrays } from "./from_arrays.ts";
export { type Halves, splitHalves } from "./split_halves.ts";
export { subset, type SubsetOptions } from "./subset.ts";
export { type LooseSplit, validateDataset } from "./validate_dataset.ts";
