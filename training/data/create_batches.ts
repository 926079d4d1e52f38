import {
  type Batch,
  type Batches,
  EspalierError,
  isSource,
  type MemorySplit,
  type Numbers,
  readItems,
  type Split,
} from "@espalier/core";
import { cropImages, type CropOptions, isCropping } from "./crop_images.ts";
import { drawPlacement, IN_PLACE } from "./crop_writer.ts";
import { jitterColors } from "./jitter_colors.ts";
import { countOf, imageSize, labelParts } from "./label_form.ts";
import { type BatchesOptions, createMaker, type Items, type Places } from "./make_batch.ts";

/** Number of seeds to draw from. */
const SEEDS = 2 ** 31;

/** Which images a batch holds, and what is drawn for each. */
interface Plan extends Places {
  /** What of each is resized; absent where they are whole. */
  readonly parts?: CropOptions;
  /** How the colours of each are changed; absent where they stay. */
  readonly colors?: Parameters<typeof jitterColors>[1];
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
    const crop = augment?.resizedCrop, jitter = augment?.colorJitter;
    const seeds = at.map(() => random && crop ? random.integer(SEEDS) : 0);
    const places = Array.from(
      at,
      () => random && augment ? drawPlacement(random, augment) : IN_PLACE,
    );
    const size = imageSize(shape);
    const colors = random && jitter &&
      { size, jitter, seeds: at.map(() => random.integer(SEEDS)) };
    if (start < skip * batchSize) continue;
    yield { at, places, ...crop && { parts: { shape, crop, seeds } }, ...colors && { colors } };
  }
}

const coloured = (items: Items, plan: Plan): Items =>
  plan.colors === undefined ? items : inBlock(jitterColors(items, plan.colors), plan);

const inBlock = (numbers: Numbers, { at }: Plan): Items => ({ numbers, at: at.map((_, i) => i) });

function* inMemory(options: BatchesOptions<MemorySplit>): Generator<Batch> {
  const { images, labels } = options.split;
  const make = createMaker(options);
  for (const plan of plansOf(options)) {
    const { at, parts } = plan;
    const items = parts
      ? inBlock(cropImages({ images, indices: at }, parts), plan)
      : { numbers: images, at };
    yield make(plan, coloured(items, plan), { numbers: labels, at });
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
    const [plan, images, labels] = read;
    yield make(plan, coloured(images, plan), labels);
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
  const { shape } = options;
  const isMap = labelParts({ shape, classes: 0, labels }).some(({ data }) =>
    data.labels.kind === "class-map"
  );
  if (augment?.resizedCrop && isMap) {
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
