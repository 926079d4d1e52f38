import { assert, assertEquals, assertRejects } from "@std/assert";
import { centre, squash } from "./fit.ts";
import { sharpDecoder } from "./sharp_decoder.ts";
import { encode, encode16 } from "./testing.ts";

const RED = [254, 0, 0] as const;
const GREEN = [0, 255, 1] as const;
const BLUE = [0, 0, 254] as const;
const WHITE = [255, 255, 255] as const;

/** Quarters of an image of 16 × 8 pixels: red, green; blue, white. */
const quarters = (y: number, x: number) => y < 4 ? x < 8 ? RED : GREEN : x < 8 ? BLUE : WHITE;

const NAMES = new Map<readonly number[], string>([[RED, "red"], [GREEN, "green"], [BLUE, "blue"], [
  WHITE,
  "white",
]]);

/** Names of the four quarters of a decoded image, whose edges may be blurred by its compression. */
function named(pixels: Uint8Array, [height, width]: readonly [number, number]): string[] {
  const places = [[1, 1], [1, width - 2], [height - 2, 1], [height - 2, width - 2]] as const;
  return places.map(([y, x]) => {
    const at = 3 * (y * width + x);
    const found = [...pixels.subarray(at, at + 3)];
    const near = [...NAMES].filter(([colour]) =>
      colour.every((value, c) => Math.abs(value - found[c]!) <= 2)
    );
    return near.map(([, name]) => name).join() || JSON.stringify(found);
  });
}

const decode = (
  bytes: Uint8Array,
  { size, channels = 3 }: { size: readonly [number, number]; channels?: 1 | 3 | 4 },
) => {
  const fit = squash({ height: size[0], width: size[1] });
  return sharpDecoder.decode(bytes, { channels, fit });
};

Deno.test("sharpDecoder turns an image upright, by each of the eight orientations of EXIF", async () => {
  // Where row 0 and column 0 of the stored image lie, by the standard.
  const upright: Record<number, string[]> = {
    1: ["red", "green", "blue", "white"],
    2: ["green", "red", "white", "blue"],
    3: ["white", "blue", "green", "red"],
    4: ["blue", "white", "red", "green"],
    5: ["red", "blue", "green", "white"],
    6: ["blue", "red", "white", "green"],
    7: ["white", "green", "blue", "red"],
    8: ["green", "white", "red", "blue"],
  };
  for (const [orientation, names] of Object.entries(upright)) {
    const bytes = await encode({
      ...{ width: 16, height: 8, colour: quarters, format: "jpeg" },
      orientation: Number(orientation),
    });
    const size = Number(orientation) < 5 ? [8, 16] as const : [16, 8] as const;
    assertEquals(named(await decode(bytes, { size }), size), names, orientation);
    // Cut before it is resized: its lower right quarter alone.
    const corner = await sharpDecoder.decode(bytes, {
      channels: 3,
      fit: ({ height, width }) => ({
        cut: { top: height / 2, left: width / 2, height: height / 2, width: width / 2 },
        resized: { height: 4, width: 4 },
        kept: { top: 0, left: 0, height: 4, width: 4 },
      }),
    });
    assertEquals(new Set(named(corner, [4, 4])), new Set([names[3]]), orientation);
  }
});

Deno.test("sharpDecoder reads JPEG, PNG, WebP and the first picture of a GIF alike", async () => {
  for (const format of ["jpeg", "png", "webp", "gif"] as const) {
    const bytes = await encode({ width: 16, height: 8, colour: quarters, format });
    const names = named(await decode(bytes, { size: [8, 16] }), [8, 16]);
    assertEquals(names, ["red", "green", "blue", "white"], format);
  }
  const animation = await encode({
    ...{ width: 4, height: 8, format: "gif", pageHeight: 4 },
    colour: (y) => y < 4 ? RED : BLUE,
  });
  assertEquals(new Set(named(await decode(animation, { size: [4, 4] }), [4, 4])), new Set(["red"]));
});

Deno.test("sharpDecoder gives as many channels as are asked for", async () => {
  const grey = await encode({ colour: [100], width: 1, height: 1 });
  const colour = await encode({ colour: [10, 20, 30], width: 1, height: 1 });
  const clear = await encode({ colour: [10, 20, 30, 40], width: 1, height: 1 });
  const size = [1, 1] as const;
  const all = async (bytes: Uint8Array) => [
    [...await decode(bytes, { size, channels: 3 })],
    [...await decode(bytes, { size, channels: 4 })],
  ];
  assertEquals(await all(grey), [[100, 100, 100], [100, 100, 100, 255]]);
  assertEquals(await all(colour), [[10, 20, 30], [10, 20, 30, 255]]);
  assertEquals(await all(clear), [[10, 20, 30], [10, 20, 30, 40]]);
  assertEquals([...await decode(grey, { size, channels: 1 })], [100]);
  const [value] = await decode(colour, { size, channels: 1 });
  assert(value! > 10 && value! < 30);
  const deep = await encode16(Uint16Array.of(0, 32768, 65535, 257 * 7), 2);
  assertEquals([...await decode(deep, { size: [2, 2], channels: 1 })], [0, 128, 255, 7]);
});

Deno.test("sharpDecoder resizes over all pixels and keeps the middle", async () => {
  // Columns of 0 and 200 by turns: each pair becomes about 100, with no trace of the pattern.
  const bytes = await encode({ width: 64, height: 8, colour: (_, x) => [x % 2 * 200] });
  const wide = await decode(bytes, { size: [1, 4], channels: 1 });
  assert(wide.every((value) => Math.abs(value - 100) <= 4), `${wide}`);
  const thirds = await encode({
    width: 24,
    height: 8,
    colour: (_, x) => [x < 8 ? 0 : x < 16 ? 90 : 255],
  });
  const fit = centre({ height: 8, width: 8 });
  assertEquals(
    new Set(await sharpDecoder.decode(thirds, { channels: 1, fit })),
    new Set([90]),
  );
});

Deno.test("sharpDecoder refuses what is cut, empty or no image", async () => {
  const whole = await encode({ width: 64, height: 64, colour: quarters, format: "jpeg" });
  const png = await encode({ width: 64, height: 64, colour: (y, x) => [y * x % 256, x, y] });
  const broken = [whole.subarray(0, whole.length / 2), png.subarray(0, -20), new Uint8Array(0)];
  broken.push(new TextEncoder().encode("<html>"));
  for (const bytes of broken) await assertRejects(() => decode(bytes, { size: [8, 8] }), Error);
});
