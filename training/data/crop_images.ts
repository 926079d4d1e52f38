import {
  type Box,
  createRandom,
  type CroppingSource,
  drawBox,
  type Numbers,
  type ResizedCrop,
  type Source,
} from "@espalier/core";

/** Which images to crop, and how. */
export interface CropOptions {
  /** Size of every image, before and after. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** What is drawn. */
  readonly crop: ResizedCrop;
  /** A seed for each image: the same one cuts the same part. */
  readonly seeds: ArrayLike<number>;
}

/** Whether a source cuts its images before it resizes them. */
export const isCropping = (source: Source): source is CroppingSource => "readCropped" in source;

/** Where a pixel of the result lies between two of the box: half-pixel centres, clamped. */
interface Place {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function places(start: number, length: number, count: number): readonly Place[] {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) * length / count - 0.5, 0), length - 1);
    const low = Math.floor(at);
    return { low: start + low, high: start + Math.min(low + 1, length - 1), share: at - low };
  });
}

/**
 * Resize a part of an image by bilinear interpolation to the image's own size.
 *
 * @param image [height, width, channels].
 * @param options Its size and the part.
 * @param out Where the result goes; bytes are rounded.
 */
export function resizeBox(
  image: Numbers,
  { shape: [height, width, channels], box }: {
    readonly shape: CropOptions["shape"];
    readonly box: Box;
  },
  out: Numbers,
): void {
  const rows = places(box.top, box.height, height);
  const columns = places(box.left, box.width, width);
  const half = out instanceof Uint8Array ? 0.5 : 0;
  let to = 0;
  for (const y of rows) {
    for (const x of columns) {
      for (let c = 0; c < channels; c++, to++) {
        const at = (row: number, column: number) => image[(row * width + column) * channels + c]!;
        const above = at(y.low, x.low) * (1 - x.share) + at(y.low, x.high) * x.share;
        const below = at(y.high, x.low) * (1 - x.share) + at(y.high, x.high) * x.share;
        out[to] = above * (1 - y.share) + below * y.share + half;
      }
    }
  }
}

/**
 * A random part of each image, resized to the size of all.
 *
 * @param images All images.
 * @param indices Which of them, in order.
 * @param options Sizes and seeds.
 * @returns [indices.length, height, width, channels] of the same kind.
 */
export function cropImages(
  { images, indices }: { readonly images: Numbers; readonly indices: Int32Array },
  { shape, crop, seeds }: CropOptions,
): Numbers {
  const size = shape[0] * shape[1] * shape[2];
  const total = indices.length * size;
  const out = images instanceof Uint8Array ? new Uint8Array(total) : new Float32Array(total);
  indices.forEach((index, i) => {
    const random = createRandom(seeds[i]!).stream("resized-crop");
    const box = drawBox({ height: shape[0], width: shape[1] }, { crop, random });
    const image = images.subarray(index * size, (index + 1) * size);
    resizeBox(image, { shape, box }, out.subarray(i * size, (i + 1) * size));
  });
  return out;
}
