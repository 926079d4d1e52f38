// @ts-types="./sharp.d.ts"
import sharp, { type Sharp } from "sharp";
import type { ImageDecoder } from "./decoder.ts";

function withChannels(image: Sharp, channels: 1 | 3 | 4): Sharp {
  if (channels === 1) return image.toColourspace("b-w").removeAlpha();
  const colour = image.toColourspace("srgb");
  return channels === 3 ? colour.removeAlpha() : colour.ensureAlpha();
}

/** Decodes by sharp (libvips): for Deno and Node. */
export const sharpDecoder: ImageDecoder = {
  name: "sharp",
  endings: [".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"],
  async decode(bytes, { channels, fit }) {
    // Warnings are not errors: many photographs have harmless ones.
    const image = sharp(bytes, { failOn: "error" });
    const { autoOrient: size } = await image.metadata();
    const { cut, resized, kept } = fit(size);
    const whole = cut.height === size.height && cut.width === size.width;
    const upright = image.autoOrient();
    // An image that is not cut first is decoded at a lower resolution where that will do.
    const part = whole ? upright : upright.extract(cut);
    // Bilinear, over all pixels where it makes smaller, as PIL and TensorFlow do.
    const sized = part.resize({ ...resized, fit: "fill", kernel: "linear" }).extract(kept);
    const buffer = await withChannels(sized, channels).raw({ depth: "uchar" }).toBuffer();
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  },
};
