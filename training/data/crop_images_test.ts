import { createRandom, drawBox } from "@espalier/core";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createBatches } from "./create_batches.ts";
import { cropImages, resizeBox } from "./crop_images.ts";

const CROP = { area: [0.08, 1], ratio: [3 / 4, 4 / 3] } as const;

Deno.test("resizeBox() interpolates between the centres of pixels, as PIL and TensorFlow do", () => {
  // A row of 0, 10, 20, 30; its last two pixels as four: 20, 22.5, 27.5, 30.
  const out = new Float32Array(4);
  const box = { top: 0, left: 2, height: 1, width: 2 };
  resizeBox(Float32Array.of(0, 10, 20, 30), { shape: [1, 4, 1], box }, out);
  assertEquals(out, Float32Array.of(20, 22.5, 27.5, 30));
  const bytes = new Uint8Array(4);
  resizeBox(Uint8Array.of(0, 10, 20, 30), { shape: [1, 4, 1], box }, bytes);
  assertEquals(bytes, Uint8Array.of(20, 23, 28, 30));
});

Deno.test("resizeBox() of a plane gives the plane, within the box and in every channel", () => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(fc.property(side, side, fc.nat(), (height, width, seed) => {
    const value = (y: number, x: number, c: number) => c + 2 * y - 3 * x;
    const image = Float32Array.from(
      { length: height * width * 2 },
      (_, i) => value(Math.floor(i / 2 / width), Math.floor(i / 2) % width, i % 2),
    );
    const random = createRandom(seed).stream("box");
    const box = drawBox({ height, width }, { crop: CROP, random });
    const out = new Float32Array(image.length);
    resizeBox(image, { shape: [height, width, 2], box }, out);
    const inside = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
    out.forEach((found, i) => {
      const [y, x] = [Math.floor(i / 2 / width), Math.floor(i / 2) % width];
      const row = box.top + inside((y + 0.5) * box.height / height - 0.5, box.height);
      const column = box.left + inside((x + 0.5) * box.width / width - 0.5, box.width);
      assertAlmostEquals(found, value(row, column, i % 2), 1e-4);
    });
  }));
});

Deno.test("createBatches() takes the whole image where the crop does, and never leaves it", () => {
  const images = Uint8Array.from({ length: 48 }, (_, i) => i * 5);
  const labels = Uint8Array.of(0, 1, 2);
  const options = {
    split: { images, labels },
    shape: [4, 4, 1] as const,
    statistics: { mean: [0], deviation: [1 / 255] },
    batchSize: 2,
  };
  const batches = (crop: { area: [number, number]; ratio: [number, number] }) => {
    const random = createRandom(1).stream("batches");
    const augment = { pad: 0, flip: false, resizedCrop: crop };
    return [...createBatches({ ...options, random, augment })];
  };
  for (const { images: found, labels } of batches({ area: [1, 1], ratio: [1, 1] })) {
    labels.forEach((label, i) => {
      const [out, own] = [found, images].map((all, j) =>
        all.subarray(16 * (j === 0 ? i : label), 16 * (j === 0 ? i : label) + 16)
      );
      out!.forEach((value, at) => assertAlmostEquals(value, own![at]!, 1e-4));
    });
  }
  // A part of a sixteenth is one pixel, which fills the image.
  for (const { images: found, labels } of batches({ area: [1 / 16, 1 / 16], ratio: [1, 1] })) {
    labels.forEach((label, i) => {
      const values = [...found.subarray(16 * i, 16 * i + 16)].map(Math.round);
      assertEquals(new Set(values).size, 1);
      assertEquals(images.subarray(16 * label, 16 * label + 16).includes(values[0]!), true);
    });
  }
});

Deno.test("cropImages() draws alike by one seed", () => {
  const images = Uint8Array.from({ length: 512 }, (_, i) => i % 251);
  const crop = (seed: number) =>
    cropImages({ images, indices: Int32Array.of(1, 0) }, {
      shape: [16, 16, 1],
      crop: CROP,
      seeds: [seed, seed + 1],
    });
  assertEquals(crop(1), crop(1));
  assertEquals(crop(1).some((value, i) => value !== crop(2)[i]), true);
});
