import { EspalierError } from "@espalier/core";
import { canvasDecoder, context2d } from "./canvas_decoder.ts";
import type { ImageDecoder } from "./decoder.ts";

/** The decoder of the place where this runs: of a page where there is a canvas, else sharp. */
export async function hostDecoder(): Promise<ImageDecoder> {
  if (typeof OffscreenCanvas === "function" && context2d(1, 1) !== null) return canvasDecoder;
  try {
    return (await import("./sharp_decoder.ts")).sharpDecoder;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n").slice(0, 2).join(" ") : cause;
    throw new EspalierError(
      "ERR_DATA_INVALID",
      `Cannot decode images as the npm package sharp must load: ${reason}. Install sharp; in Deno, ` +
        `allow it with --allow-ffi, --allow-env, --allow-sys and --allow-read.`,
      { cause },
    );
  }
}
