/**
 * How an image of any size becomes one of the shape: cut, resize, cut again. All in whole pixels of the
 * upright image, after torchvision's `Resize`, `CenterCrop` and `RandomResizedCrop`.
 *
 * @module
 */
import { type Box, createRandom, drawBox, type ResizedCrop } from "@espalier/core";

/** Rows and columns of an image. */
export type Size = Pick<Box, "height" | "width">;

/** The steps for one image. */
export interface Fit {
  /** What is cut out first. */
  readonly cut: Box;
  /** What that is resized to. */
  readonly resized: Size;
  /** What is cut out of that. */
  readonly kept: Box;
}

/** The steps for an image of a size. */
export type FitRule = (size: Size) => Fit;

const whole = ({ height, width }: Size): Box => ({ top: 0, left: 0, height, width });

/** All of the image, whatever its ratio. */
export const squash = (target: Size): FitRule => (size) => ({
  cut: whole(size),
  resized: target,
  kept: whole(target),
});

/**
 * The middle of the image, after its short side was resized.
 *
 * @param target What is kept.
 * @param shortSide Length of the short side; if absent, the least that covers the target.
 * @returns The rule.
 */
export function centre(target: Size, shortSide?: number): FitRule {
  return (size) => {
    const scale = shortSide === undefined
      ? Math.max(target.height / size.height, target.width / size.width)
      : shortSide / Math.min(size.height, size.width);
    const length = (from: number, least: number) =>
      Math.max(least, Math.floor(from * scale + 1e-6));
    const resized = {
      height: length(size.height, target.height),
      width: length(size.width, target.width),
    };
    const top = (resized.height - target.height) >> 1;
    const left = (resized.width - target.width) >> 1;
    return { cut: whole(size), resized, kept: { ...target, top, left } };
  };
}

/** A random part of the image; the same seed takes the same part. */
export function randomPart(
  target: Size,
  { crop, seed }: { readonly crop: ResizedCrop; readonly seed: number },
): FitRule {
  return (size) => ({
    cut: drawBox(size, { crop, random: createRandom(seed).stream("resized-crop") }),
    resized: target,
    kept: whole(target),
  });
}
