import type { RandomStream } from "../random/random.ts";
import type { Numbers, Source } from "./source.ts";

/**
 * A random part of an image, brought to the size that all images have.
 *
 * Source: Szegedy et al., "Going deeper with convolutions" (2015); torchvision's `RandomResizedCrop`.
 */
export interface ResizedCrop {
  /** Share of the image's area, drawn evenly between these. */
  readonly area: readonly [least: number, greatest: number];
  /** Width over height, its logarithm drawn evenly between these. */
  readonly ratio: readonly [least: number, greatest: number];
}

/** A rectangle of whole pixels inside an image. */
export interface Box {
  /** Rows above it. */
  readonly top: number;
  /** Columns to the left of it. */
  readonly left: number;
  /** Its rows. */
  readonly height: number;
  /** Its columns. */
  readonly width: number;
}

/** Images that can be cut before they are resized, from all the pixels that their files have. */
export interface CroppingSource extends Source {
  /**
   * Read as `read` does, a random part of each image.
   *
   * @param indices Their indices, in any order.
   * @param options What is drawn, and a seed for each index: the same seed cuts the same part.
   * @returns [indices.length · size] numbers of the kind.
   */
  readCropped(
    indices: ArrayLike<number>,
    options: { readonly crop: ResizedCrop; readonly seeds: ArrayLike<number> },
  ): Promise<Numbers>;
}

const TRIES = 10;

/** The largest box in the middle whose ratio is allowed. */
function middle(height: number, width: number, [least, greatest]: ResizedCrop["ratio"]): Box {
  const h = Math.max(1, Math.min(height, Math.round(width / least)));
  const w = Math.max(1, Math.min(width, Math.round(height * greatest)));
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

/**
 * Draw the part of an image that a crop takes: ten tries, then the middle.
 *
 * @example A quarter of a square
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom, drawBox } from "@espalier/core";
 *
 * const random = createRandom(1).stream("crop");
 * const crop = { area: [0.25, 0.25], ratio: [1, 1] } as const;
 * const { height, width } = drawBox({ height: 8, width: 8 }, { crop, random });
 * assertEquals([height, width], [4, 4]);
 * ```
 *
 * @param size Rows and columns of the image.
 * @param options What to draw, and the randomness.
 * @returns The box.
 */
export function drawBox(
  { height, width }: Pick<Box, "height" | "width">,
  { crop: { area, ratio }, random }: {
    readonly crop: ResizedCrop;
    readonly random: RandomStream;
  },
): Box {
  const between = ([a, b]: readonly [number, number]) => a + (b - a) * random.next();
  for (let i = 0; i < TRIES; i++) {
    const pixels = height * width * between(area);
    const shape = Math.exp(between([Math.log(ratio[0]), Math.log(ratio[1])]));
    const w = Math.round(Math.sqrt(pixels * shape));
    const h = Math.round(Math.sqrt(pixels / shape));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const top = random.integer(height - h + 1);
    return { top, left: random.integer(width - w + 1), height: h, width: w };
  }
  return middle(height, width, ratio);
}
