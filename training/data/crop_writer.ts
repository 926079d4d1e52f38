import type { Augmentation, Numbers, RandomStream } from "@espalier/core";

/** Where a crop begins in the unpadded image, and whether it is mirrored. */
export interface Placement {
  /** First row, which may lie outside. */
  readonly top: number;
  /** First column. */
  readonly left: number;
  /** Whether it is mirrored left to right. */
  readonly flip: boolean;
}

/** The whole image as it is. */
export const IN_PLACE: Placement = { top: 0, left: 0, flip: false };

/** written = number · scale + shift, by channel; what lies outside is `shift`. */
export interface Affine {
  /** Factors. */
  readonly scale: ArrayLike<number>;
  /** What is added. */
  readonly shift: ArrayLike<number>;
}

/** Draw a crop and whether it is mirrored. */
export function drawPlacement(random: RandomStream, { pad, flip }: Augmentation): Placement {
  const top = random.integer(2 * pad + 1) - pad;
  const left = random.integer(2 * pad + 1) - pad;
  return { top, left, flip: flip && random.next() < 0.5 };
}

/** Numbers of which those of one image begin at `image` · its size. */
export interface Item {
  /** Images or labels, one after the other. */
  readonly numbers: Numbers;
  /** Which of them. */
  readonly image: number;
  /** What is cut out. */
  readonly place: Placement;
}

/** Writes one image, or its labels, at `offset`. */
export type Write = (item: Item, out: Float32Array | Int32Array, offset: number) => void;

/** Crop, flip and normalise in one pass: the hot path of training. */
export function createWriter(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  { scale, shift }: Affine,
): Write {
  const row = width * channels;

  function writeRow(item: Item, source: number, out: Float32Array | Int32Array, offset: number) {
    const { numbers, place: { left, flip } } = item;
    const step = flip ? -channels : channels;
    for (let c = 0; c < channels; c++) {
      const factor = scale[c]!;
      const zero = shift[c]!;
      let to = offset + c + (flip ? row - channels : 0);
      for (let x = left; x < left + width; x++, to += step) {
        const inside = x >= 0 && x < width;
        out[to] = inside ? numbers[source + x * channels + c]! * factor + zero : zero;
      }
    }
  }

  function writeOutside(out: Float32Array | Int32Array, offset: number): void {
    for (let i = 0; i < row; i++) out[offset + i] = shift[i % channels]!;
  }

  return (item, out, offset) => {
    for (let y = 0; y < height; y++) {
      const from = y + item.place.top;
      const to = offset + y * row;
      if (from < 0 || from >= height) writeOutside(out, to);
      else writeRow(item, (item.image * height + from) * row, out, to);
    }
  };
}

/** Labels that stay what they are wherever the image is cropped. */
export const createCopier = (size: number): Write => ({ numbers, image }, out, offset) => {
  for (let i = 0; i < size; i++) out[offset + i] = numbers[image * size + i]!;
};
