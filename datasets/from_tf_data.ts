import {
  type Augmentation,
  augmentationSchema,
  checkOptions,
  EspalierError,
  type MemoryDataset,
  type OptionFields,
  registerDataset,
  sha256,
  withMethods,
} from "@espalier/core";
import * as z from "zod";
import { HELD_OUT, holdOut } from "./hold_out.ts";

/** A tensor, or numbers as JavaScript nests them. */
export type TfValue =
  | { readonly dtype: string; dataSync(): ArrayLike<number> }
  | number
  | readonly unknown[]
  | ArrayLike<number>;

/** A `tf.data.Dataset` of `{ xs, ys }`. */
export interface TfDataset {
  /** Number of elements, if it is known; infinite where it repeats. */
  readonly size?: number | null;
  /** Hand out every element, and dispose its tensors. */
  // deno-lint-ignore no-explicit-any -- with `unknown` or `never` no typed dataset would fit
  forEachAsync(use: (element: any) => void): Promise<void>;
}

/** What a `tf.data.Dataset` holds. */
export interface TfDataOptions {
  /** Display name. */
  readonly name: string;
  /** Size of every image; of a row of numbers `[1, 1, length]`. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * Number of classes; `ys` then holds a class, or a 1 in its place. Absent: `ys` holds numbers.
   *
   * @default none
   */
  readonly classes?: number;
  /**
   * What results are reported on.
   *
   * @default a fifth, of each class alike
   */
  readonly test?: TfDataset;
  /**
   * Random changes of training images that keep their class.
   *
   * @default none
   */
  readonly augment?: Augmentation;
}

const side = z.int().min(1);
const tfDataset = withMethods<TfDataset>("tf.data.Dataset", "forEachAsync");

const tfDataSchema = z.strictObject(
  {
    name: z.string().min(1),
    shape: z.tuple([side, side, side]),
    classes: z.int().min(2).optional(),
    test: tfDataset.optional(),
    augment: augmentationSchema.optional(),
  } satisfies OptionFields<TfDataOptions>,
);

/** Elements one after the other, as they came. */
interface Drained {
  readonly images: Float32Array;
  /** Whether all of them were integers of 0..255, as `tf.browser.fromPixels` gives them. */
  readonly areBytes: boolean;
  /** Classes, or numbers of all images. */
  readonly labels: readonly number[];
  readonly count: number;
}

function invalid(name: string, found: string): EspalierError {
  return new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot read dataset "${name}" as its elements must be { xs, ys } of the shape: ${found}. ` +
      `Correct \`shape\`, \`classes\` or the elements.`,
  );
}

function numbersOf(value: TfValue): { numbers: ArrayLike<number>; isInteger: boolean } {
  if (typeof Object(value).dataSync === "function") {
    const { dtype } = value as { dtype: string };
    const numbers = (value as { dataSync(): ArrayLike<number> }).dataSync();
    return { numbers, isInteger: dtype === "int32" };
  }
  const numbers = ArrayBuffer.isView(value)
    ? value as unknown as ArrayLike<number>
    : [value].flat(Infinity) as number[];
  return { numbers, isInteger: value instanceof Uint8Array || value instanceof Uint8ClampedArray };
}

/** The class of an image by a list that has a 1 in its place and else 0; -1 if it is no such list. */
function classOf(marks: readonly number[]): number {
  const one = marks.indexOf(1);
  return marks.every((mark, i) => mark === (i === one ? 1 : 0)) ? one : -1;
}

/** Labels of the images of an element: `ys` has one number an image, or one for each class. */
function labelsOf(
  ys: readonly number[],
  { name, count, classes }: { name: string; count: number; classes: number | undefined },
): readonly number[] {
  if (classes === undefined && ys.length > 0 && ys.length % count === 0) return ys;
  const isHot = ys.length === count * (classes ?? NaN);
  if (!isHot && ys.length !== count) {
    throw invalid(name, `${count} images have ${ys.length} numbers as \`ys\``);
  }
  const labels = isHot
    ? Array.from({ length: count }, (_, i) => classOf(ys.slice(i * classes!, (i + 1) * classes!)))
    : ys;
  const wrong = labels.findIndex((y) => !Number.isInteger(y) || y < 0 || y >= classes!);
  if (wrong < 0) return labels;
  const found = isHot ? `[${ys.slice(wrong * classes!, (wrong + 1) * classes!)}]` : labels[wrong];
  throw invalid(name, `a label is ${found}, of ${classes} classes`);
}

async function drain(data: TfDataset, { name, shape, classes }: TfDataOptions): Promise<Drained> {
  if (data.size === Infinity) throw invalid(name, "it repeats without an end");
  const size = shape[0] * shape[1] * shape[2];
  const blocks: Float32Array[] = [];
  const labels: number[] = [];
  let areBytes = true;
  await data.forEachAsync((element) => {
    const { xs, ys } = Object(element) as { xs?: TfValue; ys?: TfValue };
    if (xs === undefined || ys === undefined) {
      throw invalid(name, `an element has the keys ${Object.keys(Object(element)).join(", ")}`);
    }
    const { numbers, isInteger } = numbersOf(xs);
    const block = Float32Array.from(numbers);
    const count = block.length / size;
    if (!Number.isInteger(count) || count < 1) {
      throw invalid(
        name,
        `\`xs\` has ${block.length} numbers, an image of ${shape.join("×")} ${size}`,
      );
    }
    if (!block.every(Number.isFinite)) {
      throw invalid(name, "`xs` holds a number that is not finite");
    }
    areBytes &&= isInteger && block.every((value) => value >= 0 && value <= 255);
    blocks.push(block);
    labels.push(...labelsOf(Array.from(numbersOf(ys).numbers), { name, count, classes }));
  });
  const images = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
  blocks.reduce((offset, block) => (images.set(block, offset), offset + block.length), 0);
  if (images.length === 0) throw invalid(name, "there are none");
  return { images, areBytes, labels, count: images.length / size };
}

function take(
  { images, labels, count }: Drained,
  { indices, areBytes, isClass }: { indices: Int32Array; areBytes: boolean; isClass: boolean },
) {
  const [pixels, numbers] = [images.length / count, labels.length / count];
  const taken = new (areBytes ? Uint8Array : Float32Array)(indices.length * pixels);
  const kept = new (isClass ? Int32Array : Float32Array)(indices.length * numbers);
  indices.forEach((index, i) => {
    taken.set(images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
    kept.set(labels.slice(index * numbers, (index + 1) * numbers), i * numbers);
  });
  return { images: taken, labels: kept };
}

const bytesOf = ({ buffer }: ArrayBufferView) => new Uint8Array(buffer);

/**
 * Read a `tf.data.Dataset` of `{ xs, ys }` into memory, once; its elements are images or batches of
 * them. Integers of 0..255 become bytes, which stand for 0..1; other numbers stay as they are.
 *
 * @example Batches with one-hot labels
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 * import { fromTfData } from "@espalier/datasets";
 *
 * const xs = tf.data.array([[1, 2], [3, 4], [5, 6], [7, 8]]);
 * const ys = tf.data.array([[1, 0], [0, 1], [1, 0], [0, 1]]);
 * const batches = tf.data.zip({ xs, ys }).batch(2);
 * const data = await fromTfData(batches, { name: "mine", shape: [1, 1, 2], classes: 2 });
 * assertEquals(data.train.labels.length + data.test.labels.length, 4);
 * ```
 *
 * @param data Images to train on, and to set a fifth aside of where `test` is absent.
 * @param options What it holds.
 * @returns The dataset. No tensor is kept.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, the dataset has no end,
 * or an element does not fit.
 */
export async function fromTfData(data: TfDataset, options: TfDataOptions): Promise<MemoryDataset> {
  const code = "ERR_DATA_INVALID";
  const all = z.strictObject({ data: tfDataset });
  checkOptions(all, { data }, { subject: "the data of fromTfData()", code });
  checkOptions(tfDataSchema, options, { subject: "fromTfData()", code });
  const { name, shape, classes, augment } = options;
  const first = await drain(data, options);
  const second = options.test === undefined ? undefined : await drain(options.test, options);
  const numbers = first.labels.length / first.count;
  if (second !== undefined && second.labels.length / second.count !== numbers) {
    throw invalid(name, "train and test have unlike `ys`");
  }
  const areBytes = first.areBytes && second?.areBytes !== false;
  const isClass = classes !== undefined;
  const every = ({ count }: Drained) => Int32Array.from({ length: count }, (_, i) => i);
  const parts = second === undefined
    ? holdOut(isClass ? first.labels : new Uint8Array(first.count))
    : { train: every(first), test: every(second) };
  const train = take(first, { indices: parts.train, areBytes, isClass });
  const test = take(second ?? first, { indices: parts.test, areBytes, isClass });
  const arrays = [train.images, train.labels, test.images, test.labels];
  const digests = await Promise.all(arrays.map((array) => sha256(bytesOf(array))));
  const text = JSON.stringify([shape, classes ?? null, areBytes, digests]);
  const dataset = {
    name,
    fingerprint: `tf-data-1-${await sha256(text)}`,
    classes: classes ?? 0,
    shape: [shape[0], shape[1], shape[2]] as const,
    ...isClass ? {} : { labels: { kind: "numbers", size: numbers } as const },
    train,
    test,
    ...augment && { augment },
    notes: second === undefined ? [HELD_OUT] : [],
  };
  return registerDataset(dataset);
}
