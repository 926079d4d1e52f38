import {
  isSource,
  type MemorySplit,
  type Numbers,
  readInOrder,
  type Source,
  type Split,
} from "@espalier/core";

/** Mean and standard deviation of each channel; bytes count as 0..1. */
export interface ChannelStatistics {
  /** Means, `[channels]`. */
  readonly mean: readonly number[];
  /** Standard deviations over all pixels (divided by their number), `[channels]`. */
  readonly deviation: readonly number[];
}

/** Takes in pixels part by part. */
interface Gatherer {
  add(pixels: Numbers): void;
  value(): ChannelStatistics;
}

/** A byte has 256 values, so counting them gives exact sums in one pass. */
function ofBytes(channels: number): Gatherer {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  const value = () => {
    const pixels = counts[0]!.reduce((sum, n) => sum + n, 0);
    const mean = counts.map((seen) => seen.reduce((sum, n, v) => sum + n * v, 0) / pixels);
    const variance = counts.map((seen, c) =>
      seen.reduce((sum, n, v) => sum + n * (v - mean[c]!) ** 2, 0) / pixels
    );
    return {
      mean: mean.map((value) => value / 255),
      deviation: variance.map((value) => Math.sqrt(value) / 255),
    };
  };
  const add = (images: Numbers) => {
    for (let i = 0; i < images.length; i += channels) {
      for (let c = 0; c < channels; c++) counts[c]![images[i + c]!]!++;
    }
  };
  return { add, value };
}

/** Number, means and variances of pixels. */
interface Moments {
  readonly pixels: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** Two passes: squares are summed around the mean, so that nothing cancels. */
function momentsOf(images: Numbers, channels: number): Moments {
  const pixels = images.length / channels;
  const mean = new Array<number>(channels).fill(0);
  for (let i = 0; i < images.length; i++) mean[i % channels]! += images[i]! / pixels;
  const variance = new Array<number>(channels).fill(0);
  for (let i = 0; i < images.length; i++) {
    variance[i % channels]! += (images[i]! - mean[i % channels]!) ** 2 / pixels;
  }
  return { pixels, mean, variance };
}

/** Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm" (1979), eq. 2.1. */
function joined(a: Moments, b: Moments): Moments {
  const pixels = a.pixels + b.pixels;
  const [p, q] = [a.pixels / pixels, b.pixels / pixels];
  return {
    pixels,
    mean: a.mean.map((mean, c) => mean + q * (b.mean[c]! - mean)),
    variance: a.variance.map((variance, c) =>
      p * variance + q * b.variance[c]! + p * q * (b.mean[c]! - a.mean[c]!) ** 2
    ),
  };
}

function ofFloats(channels: number): Gatherer {
  let all: Moments | undefined;
  return {
    add(images) {
      const moments = momentsOf(images, channels);
      all = all === undefined ? moments : joined(all, moments);
    },
    value: () => ({ mean: all!.mean, deviation: all!.variance.map(Math.sqrt) }),
  };
}

/** Statistics of sources: every phase asks for them, and they are read once. */
const known = new WeakMap<Source, Promise<ChannelStatistics>>();

async function ofSource(images: Source, channels: number): Promise<ChannelStatistics> {
  const gatherer = images.kind === "bytes" ? ofBytes(channels) : ofFloats(channels);
  for await (const { numbers } of readInOrder(images)) gatherer.add(numbers);
  return gatherer.value();
}

/**
 * Mean and deviation of each channel over all pixels of a split. A source is read once in order.
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
 * @throws {EspalierError} ERR_DATA_INVALID for what a source may not give.
 */
export function channelStatistics(
  split: MemorySplit,
  shape: readonly [height: number, width: number, channels: number],
): ChannelStatistics;
/** Statistics of images that may have to be read. */
export function channelStatistics(
  split: Split,
  shape: readonly [height: number, width: number, channels: number],
): ChannelStatistics | Promise<ChannelStatistics>;
export function channelStatistics(
  { images }: Split,
  [, , channels]: readonly [height: number, width: number, channels: number],
): ChannelStatistics | Promise<ChannelStatistics> {
  if (isSource(images)) {
    const found = known.get(images) ?? ofSource(images, channels);
    // What failed may succeed another time.
    found.catch(() => known.delete(images));
    known.set(images, found);
    return found;
  }
  const gatherer = images instanceof Uint8Array ? ofBytes(channels) : ofFloats(channels);
  gatherer.add(images);
  return gatherer.value();
}
