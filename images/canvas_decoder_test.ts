import { assert, assertEquals, assertRejects } from "@std/assert";
import { canvasDecoder } from "./canvas_decoder.ts";
import { centre } from "./fit.ts";
import { hostDecoder } from "./host_decoder.ts";

/** A browser whose bitmaps are 30 × 20 pixels, whose canvases keep what was drawn in their first one. */
async function inBrowser(body: () => Promise<void>): Promise<{ closed: number; asked: unknown[] }> {
  const seen = { closed: 0, asked: [] as unknown[] };
  class Canvas {
    #pixels: Uint8ClampedArray;
    constructor(width: number, height: number) {
      this.#pixels = new Uint8ClampedArray(width * height * 4).fill(255);
    }
    getContext() {
      return {
        drawImage: (_: unknown, ...boxes: number[]) => this.#pixels.set(boxes.map(Math.abs)),
        getImageData: () => ({ data: this.#pixels }),
      };
    }
  }
  const scope = globalThis as unknown as Record<string, unknown>;
  const { OffscreenCanvas, createImageBitmap } = scope;
  scope.OffscreenCanvas = Canvas;
  scope.createImageBitmap = (blob: Blob, options: unknown) => {
    seen.asked.push(options);
    if (blob.size === 0) return Promise.reject(new Error("it is empty"));
    return Promise.resolve({ width: 30, height: 20, close: () => seen.closed++ });
  };
  try {
    await body();
  } finally {
    Object.assign(scope, { OffscreenCanvas, createImageBitmap });
  }
  return seen;
}

const fit = centre({ height: 2, width: 2 });

Deno.test("canvasDecoder draws what is kept, upright, and lets the bitmap go", async () => {
  const { closed, asked } = await inBrowser(async () => {
    const decode = (channels: 1 | 3 | 4, bytes = Uint8Array.of(1)) =>
      canvasDecoder.decode(bytes, { channels, fit });
    // All of 30 × 20, to 3 × 2 whose middle two columns begin at 0 (half a column is rounded down).
    const drawn = [0, 0, 30, 20, 0, 0, 3, 2];
    assertEquals([...await decode(4)], [...drawn, ...new Array(8).fill(255)]);
    assertEquals([...await decode(3)].slice(0, 6), [0, 0, 30, 0, 0, 3]);
    // 0.114 · 30 and 0.114 · 3, rounded.
    assertEquals([...await decode(1)], [3, 0, 255, 255]);
    await assertRejects(() => decode(3, new Uint8Array(0)), Error, "it is empty");
  });
  assertEquals(closed, 3);
  assertEquals(asked[0], { imageOrientation: "from-image" });
});

Deno.test("hostDecoder() takes the canvas where there is one, and sharp in Deno, whose has no context", async () => {
  await inBrowser(async () => assertEquals((await hostDecoder()).name, "canvas"));
  const { name, endings } = await hostDecoder();
  assertEquals(name, "sharp");
  assert(endings.includes(".jpeg"));
});
