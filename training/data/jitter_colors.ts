import { type ColorJitter, createRandom, type Numbers } from "@espalier/core";

/** How colours are changed. */
export interface ColorChange {
  /** Factor of all values. */
  readonly brightness: number;
  /** Share of the image in its blend with the mean of its grey; above 1 beyond it. */
  readonly contrast: number;
  /** Share of each pixel in its blend with its grey; above 1 beyond it. */
  readonly saturation: number;
  /** What is added to the hue, in turns of the colour wheel. */
  readonly hue: number;
}

type Change = (pixels: Float32Array, by: number) => void;

const clip = (value: number): number => Math.min(Math.max(value, 0), 255);

/** ITU-R BT.601. */
const greyOf = (pixels: Float32Array, at: number): number =>
  0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;

/** Blend each pixel with what stands for it. */
function blend(pixels: Float32Array, share: number, otherOf: (at: number) => number): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const other = otherOf(at);
    for (let c = 0; c < 3; c++) {
      pixels[at + c] = clip(share * pixels[at + c]! + (1 - share) * other);
    }
  }
}

function meanGrey(pixels: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) sum += greyOf(pixels, at);
  return sum / (pixels.length / 3);
}

/** Turn a colour on the wheel; its value and saturation (HSV) stay. */
function turn(pixels: Float32Array, at: number, by: number): void {
  const [r, g, b] = pixels.subarray(at, at + 3) as unknown as [number, number, number];
  const most = Math.max(r, g, b), range = most - Math.min(r, g, b);
  if (range === 0) return;
  const sixth = most === r
    ? (g - b) / range
    : most === g
    ? 2 + (b - r) / range
    : 4 + (r - g) / range;
  for (let c = 0; c < 3; c++) {
    const k = (5 - 2 * c + sixth + 6 * by + 12) % 6;
    pixels[at + c] = most - range * Math.max(0, Math.min(k, 4 - k, 1));
  }
}

const CHANGES: Readonly<Record<keyof ColorChange, Change>> = {
  brightness: (pixels, by) => blend(pixels, by, () => 0),
  contrast(pixels, by) {
    const mean = meanGrey(pixels);
    blend(pixels, by, () => mean);
  },
  saturation: (pixels, by) => blend(pixels, by, (at) => greyOf(pixels, at)),
  hue(pixels, by) {
    for (let at = 0; at < pixels.length; at += 3) turn(pixels, at, by);
  },
};

/**
 * Change the colours of an image in place, one way after the other.
 *
 * @param pixels [height · width · 3], 0 to 255.
 * @param change By how much.
 * @param order In which order.
 */
export function changeColors(
  pixels: Float32Array,
  { change, order }: {
    readonly change: ColorChange;
    readonly order: readonly (keyof ColorChange)[];
  },
): void {
  for (const way of order) CHANGES[way](pixels, change[way]);
}

/**
 * Images with random colours. Values are not rounded between the changes, unlike those of torchvision.
 *
 * Source: torchvision's `ColorJitter`.
 *
 * @param items Images of bytes, and which of them.
 * @param options How many numbers an image has, what is drawn, and a seed for each image.
 * @returns [indices.length · size], 0 to 255.
 */
export function jitterColors(
  { numbers, at }: { readonly numbers: Numbers; readonly at: Int32Array },
  { size, jitter, seeds }: {
    readonly size: number;
    readonly jitter: ColorJitter;
    readonly seeds: ArrayLike<number>;
  },
): Float32Array {
  const made = new Float32Array(at.length * size);
  at.forEach((image, i) => {
    const random = createRandom(seeds[i]!).stream("color-jitter");
    const around = (center: number, most: number) => center + most * (2 * random.next() - 1);
    const order = Object.keys(CHANGES) as (keyof ColorChange)[];
    random.shuffle(order);
    const change = {
      brightness: around(1, jitter.brightness),
      contrast: around(1, jitter.contrast),
      saturation: around(1, jitter.saturation),
      hue: around(0, jitter.hue),
    };
    const pixels = made.subarray(i * size, (i + 1) * size);
    pixels.set(numbers.subarray(image * size, (image + 1) * size));
    changeColors(pixels, { change, order });
  });
  return made;
}
