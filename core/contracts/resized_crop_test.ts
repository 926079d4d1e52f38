import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createRandom } from "../random/random.ts";
import { drawBox, type ResizedCrop } from "./resized_crop.ts";

const PAPER: ResizedCrop = { area: [0.08, 1], ratio: [3 / 4, 4 / 3] };

const draw = (height: number, width: number, { seed = 1, crop = PAPER } = {}) =>
  drawBox({ height, width }, { crop, random: createRandom(seed).stream("crop") });

Deno.test("drawBox() stays inside the image, whatever its size", () => {
  const side = fc.integer({ min: 1, max: 500 });
  fc.assert(fc.property(side, side, fc.nat(), (height, width, seed) => {
    const box = draw(height, width, { seed });
    assert(box.height >= 1 && box.width >= 1 && box.top >= 0 && box.left >= 0);
    assert(box.top + box.height <= height && box.left + box.width <= width);
  }));
});

Deno.test("drawBox() draws area and ratio evenly, the ratio by its logarithm", () => {
  const boxes = Array.from({ length: 4000 }, (_, seed) => draw(4000, 4000, { seed }));
  const share = boxes.map(({ height, width }) => height * width / 16e6);
  const ratio = boxes.map(({ height, width }) => width / height);
  assert(share.every((s) => s > 0.079 && s <= 1) && ratio.every((r) => r > 0.74 && r < 1.34));
  // Boxes of more than three quarters may not fit a square and are drawn again: look below that.
  const small = share.filter((s) => s < 0.75);
  // Halves of [0.08, 0.75) are alike to 5 standard deviations.
  const lower = small.filter((s) => s < 0.415).length;
  assert(Math.abs(lower - small.length / 2) < 2.5 * Math.sqrt(small.length));
  const wide = ratio.filter((r) => r > 1).length;
  assert(Math.abs(wide - 2000) < 2.5 * Math.sqrt(4000));
});

Deno.test("drawBox() takes the middle where no box fits", () => {
  // By hand: 4 / 3 of 30 rows are 40 columns, of which 30 lie on each side.
  assertEquals(draw(30, 100, { crop: { area: [1, 1], ratio: [3 / 4, 4 / 3] } }), {
    top: 0,
    left: 30,
    height: 30,
    width: 40,
  });
  assertEquals(draw(100, 30, { crop: { area: [1, 1], ratio: [3 / 4, 4 / 3] } }), {
    top: 30,
    left: 0,
    height: 40,
    width: 30,
  });
});
