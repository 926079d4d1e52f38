import {
  checkOptions,
  createRandom,
  type MemoryDataset,
  type MemorySplit,
  type OptionFields,
  type RandomStream,
  registerDataset,
} from "@espalier/core";
import * as z from "zod";

/** What to draw. */
export interface SyntheticOptions {
  /**
   * The same seed draws the same images.
   *
   * @default 1
   */
  readonly seed?: number;
  /**
   * Number of classes, 2 or more.
   *
   * @default 4
   */
  readonly classes?: number;
  /**
   * Size of every image.
   *
   * @default [8, 8, 3]
   */
  readonly shape?: readonly [height: number, width: number, channels: number];
  /**
   * Number of training images; the classes alternate.
   *
   * @default 512
   */
  readonly train?: number;
  /**
   * Number of test images; the classes alternate.
   *
   * @default 128
   */
  readonly test?: number;
  /**
   * Standard deviation of the noise; the stripes have an amplitude of 1.
   *
   * @default 0.3
   */
  readonly noise?: number;
}

type Settings = Required<SyntheticOptions>;

const count = z.int().min(1);
const syntheticSchema = z.strictObject(
  {
    seed: z.int().min(0).optional(),
    classes: z.int().min(2).max(256).optional(), // A label is one byte.
    shape: z.tuple([count, count, count]).optional(),
    train: count.optional(),
    test: count.optional(),
    noise: z.number().min(0).optional(),
  } satisfies OptionFields<SyntheticOptions>,
);

/** Pixels from one bright stripe to the next: what a few 3×3 filters can see. */
const WAVELENGTH = 4;
/** Grey levels of an amplitude of 1, around the middle of a byte. */
const LEVELS = 60;

/** Stripes whose direction is the class and whose phase is random, with noise. */
function drawImage(
  out: Uint8ClampedArray,
  [height, width, channels]: Settings["shape"],
  { angle, noise, random }: {
    readonly angle: number;
    readonly noise: number;
    readonly random: RandomStream;
  },
): void {
  const along = 2 * Math.PI * Math.cos(angle) / WAVELENGTH;
  const down = 2 * Math.PI * Math.sin(angle) / WAVELENGTH;
  const phase = 2 * Math.PI * random.next();
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const stripe = Math.cos(along * x + down * y + phase);
      for (let c = 0; c < channels; c++) {
        out[to++] = 127.5 + LEVELS * (stripe + noise * random.normal());
      }
    }
  }
}

function drawSplit(settings: Settings, where: "train" | "test"): MemorySplit {
  const { seed, classes, shape, noise } = settings;
  const random = createRandom(seed);
  const count = settings[where];
  const size = shape[0] * shape[1] * shape[2];
  const images = new Uint8ClampedArray(count * size);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  labels.forEach((label, i) => {
    const stream = random.stream(`synthetic/${where}`, i);
    const angle = Math.PI * label / classes;
    drawImage(images.subarray(i * size), shape, { angle, noise, random: stream });
  });
  return { images: new Uint8Array(images.buffer), labels };
}

/**
 * Small images that a network learns in seconds, for tests and examples: stripes whose direction
 * is the class, anywhere in the image, with noise. Generated, not downloaded.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { synthetic } from "@espalier/datasets";
 *
 * const { train, classes } = synthetic({ classes: 3, train: 30 });
 * assertEquals(train.images.length, 30 * 8 * 8 * 3);
 * assertEquals([...train.labels.subarray(0, 4)], [0, 1, 2, 0]);
 * ```
 *
 * @param options Sizes, seed and noise.
 * @returns The dataset; no augmentation, as a flip would change the class.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid.
 */
export function synthetic(options: SyntheticOptions = {}): MemoryDataset {
  checkOptions(syntheticSchema, options, { subject: "synthetic()", code: "ERR_DATA_INVALID" });
  const { seed = 1, classes = 4, shape = [8, 8, 3], train = 512, test = 128, noise = 0.3 } =
    options;
  const settings = { seed, classes, shape, train, test, noise };
  const numbers = [seed, classes, shape.join("x"), train, test, noise].join("-");
  return registerDataset({
    name: "synthetic",
    fingerprint: `synthetic-1-${numbers}`,
    classes,
    shape,
    train: drawSplit(settings, "train"),
    test: drawSplit(settings, "test"),
  });
}
