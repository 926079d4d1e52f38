import {
  type Augmentation,
  type Batch,
  EspalierError,
  type RandomStream,
  type Split,
} from "@espalier/core";
import type { ChannelStatistics } from "./channel_statistics.ts";
import { cropImages } from "./crop_images.ts";

/** One epoch over images. */
export interface BatchesOptions {
  /** Images and labels. */
  readonly split: Split;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Images per batch. */
  readonly batchSize: number;
  /** Mean and deviation that normalise each channel: those of the training split, always. */
  readonly statistics: ChannelStatistics;
  /**
   * Which images.
   *
   * @default all
   */
  readonly indices?: Int32Array;
  /**
   * Shuffles the images and draws the augmentation. Use a new stream for each epoch.
   *
   * @default none: the images come in order
   */
  readonly random?: RandomStream;
  /**
   * Random crop and flip, or a resized part; needs `random`.
   *
   * @default none
   */
  readonly augment?: Augmentation | undefined;
  /**
   * Whether an incomplete last batch is left out.
   *
   * @default false
   */
  readonly dropLast?: boolean;
}

/** Where a crop begins in the unpadded image, and whether it is mirrored. */
interface Placement {
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
}

const IN_PLACE: Placement = { top: 0, left: 0, flip: false };

/** normalised = pixel · scale + shift, by channel; padding is zero before it, `shift` after it. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

function affineOf({ mean, deviation }: ChannelStatistics, images: Split["images"]): Affine {
  const unit = images instanceof Uint8Array ? 255 : 1;
  // A constant channel is only centred.
  const inverse = Float64Array.from(deviation, (value) => value > 0 ? 1 / value : 1);
  return {
    scale: inverse.map((value) => value / unit),
    shift: inverse.map((value, channel) => -mean[channel]! * value),
  };
}

function drawPlacement(random: RandomStream, { pad, flip }: Augmentation): Placement {
  const top = random.integer(2 * pad + 1) - pad;
  const left = random.integer(2 * pad + 1) - pad;
  return { top, left, flip: flip && random.next() < 0.5 };
}

/** Crop, flip and normalise in one pass: the hot path of training. */
function createWriter(
  images: Split["images"],
  { shape: [height, width, channels], statistics }: BatchesOptions,
): (image: number, place: Placement, out: Float32Array, offset: number) => void {
  const { scale, shift } = affineOf(statistics, images);
  const row = width * channels;

  function writeRow(source: number, place: Placement, out: Float32Array, offset: number): void {
    const { left, flip } = place;
    const step = flip ? -channels : channels;
    for (let c = 0; c < channels; c++) {
      const factor = scale[c]!;
      const zero = shift[c]!;
      let to = offset + c + (flip ? row - channels : 0);
      for (let x = left; x < left + width; x++, to += step) {
        const inside = x >= 0 && x < width;
        out[to] = inside ? images[source + x * channels + c]! * factor + zero : zero;
      }
    }
  }

  function writeZeros(out: Float32Array, offset: number): void {
    for (let i = 0; i < row; i++) out[offset + i] = shift[i % channels]!;
  }

  return (image, place, out, offset) => {
    for (let y = 0; y < height; y++) {
      const from = y + place.top;
      const to = offset + y * row;
      if (from < 0 || from >= height) writeZeros(out, to);
      else writeRow((image * height + from) * row, place, out, to);
    }
  };
}

function* iterate(options: BatchesOptions): Generator<Batch> {
  const { split, shape, batchSize, random, augment } = options;
  const order = options.indices?.slice() ?? Int32Array.from(split.labels, (_, i) => i);
  random?.shuffle(order);
  const crop = augment?.resizedCrop;
  const writeOriginal = createWriter(split.images, options);
  const pixels = shape[0] * shape[1] * shape[2];
  const end = options.dropLast ? order.length - order.length % batchSize : order.length;
  for (let start = 0; start < end; start += batchSize) {
    const size = Math.min(batchSize, end - start);
    // New arrays each time: an engine may still read the last ones.
    const images = new Float32Array(size * pixels);
    const labels = new Int32Array(size);
    const indices = order.subarray(start, start + size);
    const write = random && crop
      ? createWriter(
        cropImages({ images: split.images, indices }, { shape, crop, random }),
        options,
      )
      : writeOriginal;
    for (let i = 0; i < size; i++) {
      const image = indices[i]!;
      const place = random && augment ? drawPlacement(random, augment) : IN_PLACE;
      write(crop ? i : image, place, images, i * pixels);
      labels[i] = split.labels[image]!;
    }
    yield { images, labels, size };
  }
}

function refuse(rule: string, found: string, remedy: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot make batches as ${rule}: ${found}. ${remedy}`,
  );
}

/**
 * The batches of one epoch, on the host: shuffled, cropped, flipped, normalised. Iterate once.
 * A crop pads the raw image with zeros before it is normalised (torchvision's `RandomCrop` with
 * `padding`, then `Normalize`).
 *
 * @example In order, the last batch partial
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBatches } from "@espalier/training";
 *
 * const split = { images: Float32Array.of(1, 3, 5), labels: Uint8Array.of(0, 1, 0) };
 * const shape = [1, 1, 1] as const;
 * const statistics = { mean: [3], deviation: [2] };
 * const batches = [...createBatches({ split, shape, statistics, batchSize: 2 })];
 * assertEquals(batches.map(({ images }) => [...images]), [[-1, 0], [1]]);
 * ```
 *
 * @param options Images, sizes and randomness.
 * @returns Batches of `[size, height, width, channels]`; their arrays are never reused.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the batch size is not a positive integer, or if
 * augmentation has no random stream.
 */
export function createBatches(options: BatchesOptions): Iterable<Batch> {
  const { batchSize, random, augment } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    refuse("a batch holds whole images", `batchSize is ${batchSize}`, "Give an integer from 1.");
  }
  if (augment && !random) {
    refuse("augmentation needs a random stream", "there is none", "Give `random`.");
  }
  return iterate(options);
}
