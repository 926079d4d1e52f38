import type { ImageDecoder } from "./decoder.ts";

/** The part of a canvas's context in use: Deno's types know none, as its canvas has none. */
interface Context2d {
  imageSmoothingQuality: "high";
  drawImage(image: ImageBitmap, ...boxes: readonly number[]): void;
  getImageData(left: number, top: number, width: number, height: number): {
    readonly data: Uint8ClampedArray;
  };
}

/** The context of a new canvas; null where canvases have none, as in Deno. */
export const context2d = (width: number, height: number): Context2d | null =>
  new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as
    | Context2d
    | null;

/** Weights of red, green and blue in grey: ITU-R BT.601, as PIL and TensorFlow. */
const GREY = [0.299, 0.587, 0.114] as const;

function withChannels(rgba: Uint8ClampedArray, channels: 1 | 3 | 4): Uint8Array {
  if (channels === 4) return new Uint8Array(rgba);
  const out = new Uint8ClampedArray(rgba.length / 4 * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const [red, green, blue] = [rgba[from]!, rgba[from + 1]!, rgba[from + 2]!];
    if (channels === 1) out[to++] = GREY[0] * red + GREY[1] * green + GREY[2] * blue;
    else for (const value of [red, green, blue]) out[to++] = value;
  }
  return new Uint8Array(out.buffer);
}

/** Decodes by a browser's own decoder and an `OffscreenCanvas`. It draws what is left of a cut file. */
export const canvasDecoder: ImageDecoder = {
  name: "canvas",
  endings: [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif"],
  async decode(bytes, { channels, fit }) {
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    try {
      const { cut, resized, kept } = fit(bitmap);
      const context = context2d(kept.width, kept.height)!;
      context.imageSmoothingQuality = "high";
      context.drawImage(
        bitmap,
        ...[cut.left, cut.top, cut.width, cut.height],
        ...[-kept.left, -kept.top, resized.width, resized.height],
      );
      return withChannels(context.getImageData(0, 0, kept.width, kept.height).data, channels);
    } finally {
      bitmap.close();
    }
  },
};
