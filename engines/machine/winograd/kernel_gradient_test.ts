import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { testMachine } from "../testing.ts";
import { eachProduct, guardedImages, integersOf, sizes, winograd } from "./testing.ts";

testMachine("kernelGradient() sums dy times the pixel that each tap looks at", () => {
  const pixels = [1, 2, 3] as const;
  using x = guardedImages(Float32Array.of(1, 2, 3, 4, 5, 6), { pixels, channels: 1 });
  using dy = guardedImages(Float32Array.of(0, 0, 0, 1, 0, 10), { pixels, channels: 1 });
  // around the pixel 4: 0 1 2, 0 4 5, 0 0 0; around the pixel 6: 2 3 0, 5 6 0, 0 0 0
  assertEquals([...winograd.kernelGradient(x, { dy })], [20, 31, 2, 50, 64, 5, 0, 0, 0]);
});

testMachine("kernelGradient() gives [3, 3, C, D]", () => {
  const pixels = [1, 1, 1] as const;
  using x = guardedImages(Float32Array.of(1, 10), { pixels, channels: 2 });
  using dy = guardedImages(Float32Array.of(2, 3, 4), { pixels, channels: 3 });
  const gradient = winograd.kernelGradient(x, { dy });
  assertEquals(gradient.length, 9 * 2 * 3);
  assertEquals([...gradient.subarray(4 * 6, 5 * 6)], [2, 3, 4, 20, 30, 40]);
});

testMachine("kernelGradient() is exact for integers, and touches nothing else", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), ({ pixels, from, to }, seed) => {
      const integers = integersOf(seed);
      const count = pixels[0] * pixels[1] * pixels[2];
      using x = guardedImages(integers(count * from), { pixels, channels: from });
      using dy = guardedImages(integers(count * to), { pixels, channels: to });
      const expected = new Float32Array(9 * from * to);
      eachProduct({ pixels, from, to }, (i, k, o) => expected[k]! += x.values[i]! * dy.values[o]!);
      assertEquals(winograd.kernelGradient(x, { dy }), expected);
      x.assertIntact();
      dy.assertIntact();
    }),
    {
      numRuns: 100,
      examples: [
        [{ pixels: [1, 2, 3], from: 70, to: 150 }, 1],
        [{ pixels: [2, 32, 32], from: 5, to: 16 }, 2],
        [{ pixels: [9, 8, 8], from: 19, to: 33 }, 3],
        [{ pixels: [1, 3, 230], from: 4, to: 9 }, 4],
      ],
    },
  );
});

testMachine("kernelGradient() is 0 without images, and refuses those that do not fit", () => {
  const images = { address: 0n, batch: 0, height: 2, width: 2, channels: 1 };
  assertEquals([...winograd.kernelGradient(images, { dy: images })], Array(9).fill(0));
  const call = () => winograd.kernelGradient(images, { dy: { ...images, height: 3 } });
  const error = assertThrows(call, EspalierError, "[0, 2, 2] and [0, 3, 2]");
  assertEquals(error.code, "ERR_ENGINE_FAILED");
});
