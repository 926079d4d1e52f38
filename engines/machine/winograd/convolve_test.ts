import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { testMachine } from "../testing.ts";
import { eachProduct, guardedImages, integersOf, type Sizes, sizes, winograd } from "./testing.ts";

/** Count of the numbers of images. */
const count = ([batch, height, width]: Sizes["pixels"], channels: number): number =>
  batch * height * width * channels;

function convolve(x: readonly number[], kernel: readonly number[], { pixels, from, to }: Sizes) {
  using input = guardedImages(Float32Array.from(x), { pixels, channels: from });
  using y = guardedImages(new Float32Array(count(pixels, to)), { pixels, channels: to });
  winograd.convolve(input, { kernel: Float32Array.from(kernel), y });
  return [...y.values];
}

const ONE: Sizes = { pixels: [1, 2, 3], from: 1, to: 1 };

testMachine("convolve() sums the pixels around each one, and zeros outside", () => {
  // columns of two: 5, 7, 9; with the one or two beside them
  const y = convolve([1, 2, 3, 4, 5, 6], Array(9).fill(1), ONE);
  assertEquals(y, [12, 21, 16, 12, 21, 16]);
});

testMachine("convolve() does not turn the kernel", () => {
  // the tap in row 0, column 2 looks at the pixel above and to the right
  const y = convolve([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 0, 0, 0, 0, 0], ONE);
  assertEquals(y, [0, 0, 0, 2, 3, 0]);
});

testMachine("convolve() reads kernels as [3, 3, C, D]", () => {
  const kernel = Array(9 * 4).fill(0);
  // the middle tap: from channel 0 to 0 and 1, from channel 1 to 0 and 1
  kernel.splice(4 * 4, 4, 1, 10, 2, 20);
  assertEquals(convolve([3, 5], kernel, { pixels: [1, 1, 1], from: 2, to: 2 }), [13, 130]);
});

testMachine("inputGradient() sends each pixel back to those that it was summed from", () => {
  const pixels = [1, 2, 3] as const;
  using dy = guardedImages(Float32Array.of(0, 0, 0, 1, 0, 0), { pixels, channels: 1 });
  using dx = guardedImages(new Float32Array(6), { pixels, channels: 1 });
  winograd.inputGradient(dy, { kernel: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), dx });
  assertEquals([...dx.values], [2, 3, 0, 5, 6, 0]);
});

testMachine("convolve() and inputGradient() are exact for integers, and touch nothing else", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), ({ pixels, from, to }, seed) => {
      const integers = integersOf(seed);
      // of kernels the transform takes quarters
      const kernel = integers(9 * from * to).map((value) => 4 * value);
      using x = guardedImages(integers(count(pixels, from)), { pixels, channels: from });
      using y = guardedImages(new Float32Array(count(pixels, to)), { pixels, channels: to });
      winograd.convolve(x, { kernel, y });
      const expected = new Float32Array(y.values.length);
      eachProduct({ pixels, from, to }, (i, k, o) => expected[o]! += x.values[i]! * kernel[k]!);
      assertEquals(y.values, expected);
      y.assertIntact();

      using dy = guardedImages(integers(count(pixels, to)), { pixels, channels: to });
      using dx = guardedImages(new Float32Array(count(pixels, from)), { pixels, channels: from });
      winograd.inputGradient(dy, { kernel, dx });
      const gradient = new Float32Array(dx.values.length);
      eachProduct({ pixels, from, to }, (i, k, o) => gradient[i]! += dy.values[o]! * kernel[k]!);
      assertEquals(dx.values, gradient);
      dx.assertIntact();
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

testMachine("convolve() does nothing without images", () => {
  assertEquals(convolve([], [...Array(9).keys()], { ...ONE, pixels: [0, 2, 3] }), []);
});

testMachine("convolve() refuses sizes that do not fit", () => {
  const images = { address: 0n, batch: 1, height: 2, width: 2, channels: 1 };
  const refuses = (wrong: Partial<typeof images>, size: number, message: string): void => {
    const call = () =>
      winograd.convolve(images, { kernel: new Float32Array(size), y: { ...images, ...wrong } });
    assertEquals(assertThrows(call, EspalierError, message).code, "ERR_ENGINE_FAILED");
  };
  refuses({}, 8, "the kernel has 3 · 3 · 1 · 1 numbers: found 8");
  refuses({ width: 3 }, 9, "[1, 2, 2] and [1, 2, 3]");
  refuses({ channels: 0 }, 9, "at least one pixel and channel");
  refuses({ batch: 2 }, 9, "[1, 2, 2] and [2, 2, 2]");
  refuses({ channels: 2 ** 14 }, 9, "less than 2147483648 bytes, transformed: found 17179869184");
});
