import {
  type Augmentation,
  type Batch,
  type Batches,
  EspalierError,
  isSource,
  type LabelForm,
  type MemorySplit,
  type Numbers,
  type RandomStream,
  readItems,
  type Split,
} from "@espalier/core";
import type { ChannelStatistics } from "./channel_statistics.ts";
import { cropImages, type CropOptions, isCropping } from "./crop_images.ts";
import {
  type Affine,
  createCopier,
  createWriter,
  drawPlacement,
  IN_PLACE,
  type Placement,
} from "./crop_writer.ts";
import { countOf, imageSize } from "./label_form.ts";

/**
 * One epoch over images.
 *
 * @typeParam S Whether all of them are in memory.
 */
export interface BatchesOptions<S extends Split = Split> {
  /** Images and labels. */
  readonly split: S;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * What the labels of one image are.
   *
   * @default {{ kind: "class" }}
   */
  readonly labels?: LabelForm | undefined;
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
   * Batches at the start that are left out, as they were used before. What is drawn for them is drawn.
   *
   * @default 0
   */
  readonly skip?: number;
  /**
   * Whether an incomplete last batch is left out.
   *
   * @default false
   */
  readonly dropLast?: boolean;
}

/** normalised = pixel · scale + shift; padding is zero before it, `shift` after it. */
function affineOf({ mean, deviation }: ChannelStatistics, images: Split["images"]): Affine {
  const isBytes = isSource(images) ? images.kind === "bytes" : images instanceof Uint8Array;
  const unit = isBytes ? 255 : 1;
  // A constant channel is only centred.
  const inverse = Float64Array.from(deviation, (value) => value > 0 ? 1 / value : 1);
  return {
    scale: inverse.map((value) => value / unit),
    shift: inverse.map((value, channel) => -mean[channel]! * value),
  };
}

/** Number of seeds to draw from. */
const SEEDS = 2 ** 31;

/** Numbers, and where in them each image of a batch is. */
interface Items {
  readonly numbers: Numbers;
  readonly at: Int32Array;
}

/** Which images a batch holds, and what is drawn for each. */
interface Plan {
  readonly at: Int32Array;
  /** What of each is resized; absent where they are whole. */
  readonly parts?: CropOptions;
  readonly places: readonly Placement[];
}

/** Makes a batch of its images and labels. */
function createMaker(
  { split, shape, statistics, labels: { kind } = { kind: "class" } }: BatchesOptions,
): (plan: Plan, images: Items, labels: Items) => Batch {
  const pixels = imageSize(shape);
  const numbers = isSource(split.labels)
    ? split.labels.size
    : split.labels.length / countOf(split, shape);
  const writeImage = createWriter(shape, affineOf(statistics, split.images));
  const writeLabels = kind === "class-map"
    ? createWriter([shape[0], shape[1], 1], { scale: [1], shift: [0] })
    : createCopier(numbers);
  const Labels = kind === "numbers" ? Float32Array : Int32Array;
  return ({ places }, images, labels) => {
    const size = places.length;
    // New arrays each time: an engine may still read the last ones.
    const batch = {
      images: new Float32Array(size * pixels),
      labels: new Labels(size * numbers),
      size,
    };
    for (let i = 0; i < size; i++) {
      const place = places[i]!;
      const image = { numbers: images.numbers, image: images.at[i]!, place };
      writeImage(image, batch.images, i * pixels);
      const label = { numbers: labels.numbers, image: labels.at[i]!, place };
      writeLabels(label, batch.labels, i * numbers);
    }
    return batch;
  };
}

/** What each batch holds. All is drawn here, so that reading ahead changes nothing. */
function* plansOf(options: BatchesOptions): Generator<Plan> {
  const { split, shape, batchSize, random, augment, dropLast, skip = 0 } = options;
  const order = options.indices?.slice() ??
    Int32Array.from({ length: countOf(split, shape) }, (_, i) => i);
  random?.shuffle(order);
  const end = dropLast ? order.length - order.length % batchSize : order.length;
  for (let start = 0; start < end; start += batchSize) {
    const at = order.subarray(start, Math.min(start + batchSize, end));
    const crop = augment?.resizedCrop;
    const seeds = at.map(() => random && crop ? random.integer(SEEDS) : 0);
    const places = Array.from(
      at,
      () => random && augment ? drawPlacement(random, augment) : IN_PLACE,
    );
    if (start < skip * batchSize) continue;
    yield { at, places, ...crop && { parts: { shape, crop, seeds } } };
  }
}

const inBlock = (numbers: Numbers, { at }: Plan): Items => ({ numbers, at: at.map((_, i) => i) });

function* inMemory(options: BatchesOptions<MemorySplit>): Generator<Batch> {
  const { images, labels } = options.split;
  const make = createMaker(options);
  for (const plan of plansOf(options)) {
    const { at, parts } = plan;
    const items = parts
      ? inBlock(cropImages({ images, indices: at }, parts), plan)
      : { numbers: images, at };
    yield make(plan, items, { numbers: labels, at });
  }
}

async function itemsOf(items: Split["images"] | Split["labels"], plan: Plan): Promise<Items> {
  if (!isSource(items)) return { numbers: items, at: plan.at };
  return inBlock(await readItems(items, plan.at), plan);
}

/** Images, or random parts of them: cut by the source if it can, else out of what it gives. */
async function imagesOf(images: Split["images"], plan: Plan): Promise<Items> {
  const { at, parts } = plan;
  if (parts === undefined) return await itemsOf(images, plan);
  if (isSource(images) && isCropping(images)) {
    const { count, size, kind } = images;
    const read = (at: ArrayLike<number>) => images.readCropped(at, parts);
    return inBlock(await readItems({ count, size, kind, read }, at), plan);
  }
  const { numbers, at: indices } = await itemsOf(images, plan);
  return inBlock(cropImages({ images: numbers, indices }, parts), plan);
}

/** The next batch is read while this one is used. */
async function* readAhead(options: BatchesOptions): AsyncGenerator<Batch> {
  const { images, labels } = options.split;
  const make = createMaker(options);
  const plans = plansOf(options);
  const readNext = () => {
    const { done, value: plan } = plans.next();
    const read = done
      ? undefined
      : Promise.all([plan, imagesOf(images, plan), itemsOf(labels, plan)] as const);
    read?.catch(() => {}); // Told when its turn comes; who stops before does not want to know.
    return read;
  };
  let next = readNext();
  while (next !== undefined) {
    const read = await next;
    next = readNext();
    yield make(...read);
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
 * `padding`, then `Normalize`); a class map is cropped and flipped with its image.
 *
 * Of a split in memory they are made when asked for. Of sources the next batch is read while one is
 * used; no more is held, however many images there are.
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
 * @returns Batches of `[size, height, width, channels]`, for `for await`; their arrays are never reused.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the batch size is not a positive integer, or if
 * augmentation has no random stream or resizes class maps; while iterating ERR_DATA_INVALID for what
 * a source may not give.
 */
export function createBatches(options: BatchesOptions<MemorySplit>): Iterable<Batch>;
/** Batches of images or labels that are read when they are needed. */
export function createBatches(options: BatchesOptions): Batches;
export function createBatches(options: BatchesOptions): Batches {
  const { split, batchSize, random, augment, labels } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    refuse("a batch holds whole images", `batchSize is ${batchSize}`, "Give an integer from 1.");
  }
  if (augment && !random) {
    refuse("augmentation needs a random stream", "there is none", "Give `random`.");
  }
  if (augment?.resizedCrop && labels?.kind === "class-map") {
    refuse(
      "a class map cannot be resized with its image",
      "augment has a resizedCrop",
      "Leave it out; pad and flip change both alike.",
    );
  }
  return isInMemory(split) ? inMemory({ ...options, split }) : readAhead(options);
}

const isInMemory = (split: Split): split is MemorySplit =>
  !isSource(split.images) && !isSource(split.labels);
