import { createRandom, drawBox } from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { centre, randomPart, squash } from "./fit.ts";

const side = fc.integer({ min: 1, max: 300 });
const CROP = { area: [0.08, 1], ratio: [3 / 4, 4 / 3] } as const;

Deno.test("centre() resizes the short side to 256 and keeps the middle, as for ImageNet", () => {
  // By hand: 375 rows become 256, 500 columns 341 (341.3); 32 rows and 117 columns are left over.
  assertEquals(centre({ height: 224, width: 224 }, 256)({ height: 375, width: 500 }), {
    cut: { top: 0, left: 0, height: 375, width: 500 },
    resized: { height: 256, width: 341 },
    kept: { top: 16, left: 58, height: 224, width: 224 },
  });
});

Deno.test("centre() without a short side covers the target and no more", () => {
  fc.assert(fc.property(side, side, side, side, (height, width, targetHeight, targetWidth) => {
    const target = { height: targetHeight, width: targetWidth };
    const { resized, kept } = centre(target)({ height, width });
    assert(resized.height === targetHeight || resized.width === targetWidth);
    assert(kept.top >= 0 && kept.top + kept.height <= resized.height);
    assert(kept.left >= 0 && kept.left + kept.width <= resized.width);
    const ratio = resized.width / resized.height / (width / height);
    const rounding = 1 / Math.min(resized.width, resized.height);
    assert(Math.abs(Math.log(ratio)) <= 2 * rounding, `ratio ${ratio}`);
  }));
});

Deno.test("squash() takes all of the image, randomPart() what its seed draws", () => {
  const target = { height: 4, width: 6 };
  const whole = { top: 0, left: 0, height: 4, width: 6 };
  assertEquals(squash(target)({ height: 9, width: 7 }), {
    cut: { top: 0, left: 0, height: 9, width: 7 },
    resized: target,
    kept: whole,
  });
  const size = { height: 90, width: 70 };
  const random = createRandom(5).stream("resized-crop");
  assertEquals(randomPart(target, { crop: CROP, seed: 5 })(size), {
    cut: drawBox(size, { crop: CROP, random }),
    resized: target,
    kept: whole,
  });
});
