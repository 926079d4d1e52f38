/** Image files that tests make. */
import { dirname, join } from "node:path";
// @ts-types="./sharp.d.ts"
import sharp from "sharp";

/** What of sharp writes files. */
interface Encoder {
  jpeg(options: object): Encoder;
  png(): Encoder;
  webp(options: object): Encoder;
  gif(): Encoder;
  withMetadata(options: { orientation: number }): Encoder;
  toColourspace(space: string): Encoder;
  toBuffer(): Promise<Uint8Array>;
}

const encoder = sharp as unknown as (
  pixels: Uint8Array | Uint16Array,
  options: { raw: { width: number; height: number; channels: number; pageHeight?: number } },
) => Encoder;

/** An image to write: a colour for each pixel, or one for all. */
export interface Picture {
  readonly width?: number;
  readonly height?: number;
  readonly colour: readonly number[] | ((y: number, x: number) => readonly number[]);
  readonly format?: "jpeg" | "png" | "webp" | "gif";
  readonly orientation?: number;
  /** Rows of a picture of an animation. */
  readonly pageHeight?: number;
}

/** Encode an image, without loss where the format allows. */
export async function encode(
  { width = 8, height = 8, colour, format = "png", orientation, pageHeight }: Picture,
): Promise<Uint8Array> {
  const at = (i: number) =>
    typeof colour === "function" ? colour(Math.floor(i / width), i % width) : colour;
  const pixels = Uint8Array.from(Array.from({ length: width * height }, (_, i) => at(i)).flat());
  const channels = at(0).length;
  const raw = { width, height, channels, ...pageHeight !== undefined && { pageHeight } };
  let image = encoder(pixels, { raw });
  if (channels === 1) image = image.toColourspace("b-w");
  if (orientation !== undefined) image = image.withMetadata({ orientation });
  const exact = { quality: 100, chromaSubsampling: "4:4:4", lossless: true };
  const written = format === "jpeg" || format === "webp" ? image[format](exact) : image[format]();
  return new Uint8Array(await written.toBuffer());
}

/** A grey image of 16 bits a pixel. */
export const encode16 = async (pixels: Uint16Array, width: number): Promise<Uint8Array> =>
  new Uint8Array(
    await encoder(pixels, { raw: { width, height: pixels.length / width, channels: 1 } })
      .toColourspace("grey16").png().toBuffer(),
  );

/** What a test puts into a folder, by path: an image, or bytes as they are. */
export type Tree = Readonly<Record<string, Picture | Uint8Array>>;

/** Bytes of all files of a tree. */
export async function bytesOf(tree: Tree): Promise<Map<string, Uint8Array>> {
  const entries = Object.entries(tree).map(async ([path, content]) =>
    [path, content instanceof Uint8Array ? content : await encode(content)] as const
  );
  return new Map(await Promise.all(entries));
}

/** Run with a folder that holds a tree and is gone afterwards. */
export async function withTree(tree: Tree, body: (directory: string) => Promise<unknown>) {
  const directory = await Deno.makeTempDir();
  try {
    for (const [path, bytes] of await bytesOf(tree)) {
      await Deno.mkdir(dirname(join(directory, path)), { recursive: true });
      await Deno.writeFile(join(directory, path), bytes);
    }
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
