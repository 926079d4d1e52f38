import type { FitRule } from "./fit.ts";

/** What to make of a file. */
export interface DecodeOptions {
  /** Channels of the result: grey, red–green–blue, or these with alpha. */
  readonly channels: 1 | 3 | 4;
  /** Which part of the upright image, at which size. */
  readonly fit: FitRule;
}

/** Decodes image files. */
export interface ImageDecoder {
  /** Name, part of fingerprints: decoders differ in the last bits of pixels. */
  readonly name: string;
  /** Endings of the names of files that it reads, in lower case. */
  readonly endings: readonly string[];
  /**
   * Decode the first picture of a file, turned upright by its EXIF orientation, in sRGB.
   *
   * @param bytes The file.
   * @param options What to make of it.
   * @returns [height, width, channels].
   * @throws Whatever the decoder says of a file that is cut, damaged or no image.
   */
  decode(bytes: Uint8Array, options: DecodeOptions): Promise<Uint8Array>;
}
