import type { Split } from "@espalier/core";

/** Mean and standard deviation of each channel; bytes count as 0..1. */
export interface ChannelStatistics {
  /** Means, `[channels]`. */
  readonly mean: readonly number[];
  /** Standard deviations over all pixels (divided by their number), `[channels]`. */
  readonly deviation: readonly number[];
}

/** A byte has 256 values, so counting them gives exact sums in one pass. */
function ofBytes(images: Uint8Array, channels: number): ChannelStatistics {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let i = 0; i < images.length; i += channels) {
    for (let c = 0; c < channels; c++) counts[c]![images[i + c]!]!++;
  }
  const pixels = images.length / channels;
  const mean = counts.map((seen) => seen.reduce((sum, n, v) => sum + n * v, 0) / pixels);
  const variance = counts.map((seen, c) =>
    seen.reduce((sum, n, v) => sum + n * (v - mean[c]!) ** 2, 0) / pixels
  );
  return {
    mean: mean.map((value) => value / 255),
    deviation: variance.map((value) => Math.sqrt(value) / 255),
  };
}

/** Two passes: squares are summed around the mean, so that nothing cancels. */
function ofFloats(images: Float32Array, channels: number): ChannelStatistics {
  const pixels = images.length / channels;
  const mean = new Array<number>(channels).fill(0);
  for (let i = 0; i < images.length; i++) mean[i % channels]! += images[i]! / pixels;
  const variance = new Array<number>(channels).fill(0);
  for (let i = 0; i < images.length; i++) {
    variance[i % channels]! += (images[i]! - mean[i % channels]!) ** 2 / pixels;
  }
  return { mean, deviation: variance.map(Math.sqrt) };
}

/**
 * Mean and deviation of each channel over all pixels of a split.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { channelStatistics } from "@espalier/training";
 *
 * const split = { images: Uint8Array.of(0, 255), labels: Uint8Array.of(0, 1) };
 * assertEquals(channelStatistics(split, [1, 1, 1]), { mean: [0.5], deviation: [0.5] });
 * ```
 *
 * @param split Images.
 * @param shape Their size.
 * @returns Statistics, one number per channel; bytes count as 0..1, floats as they are.
 */
export function channelStatistics(
  split: Split,
  shape: readonly [height: number, width: number, channels: number],
): ChannelStatistics {
  const { images } = split;
  return images instanceof Uint8Array ? ofBytes(images, shape[2]) : ofFloats(images, shape[2]);
}
