import type { WidthLimits } from "./options.ts";

/**
 * Width candidates of a layer: ⌊C · r⌋ for every ratio r, without repeats, ascending; but for C itself
 * down to multiples of a divisor, and none below the limits.
 *
 * @example The paper's ratios on 16 channels
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { widthCandidates } from "@espalier/plugin-width-search";
 *
 * const ratios = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
 * assertEquals(widthCandidates(16, ratios), [4, 6, 8, 9, 11, 12, 14, 16]);
 * ```
 *
 * @param channels Channels of the unpruned layer, C.
 * @param ratios Shares of them, above 0; one of them is 1.
 * @param limits Divisor and smallest widths.
 * @returns Numbers of channels, each at least 1.
 */
export function widthCandidates(
  channels: number,
  ratios: readonly number[],
  { divisor = 1, minChannels = 1, maxPruned = 1 }: WidthLimits = {},
): readonly number[] {
  const least = Math.max(minChannels, Math.ceil(channels * (1 - maxPruned) - 1e-9));
  const widths = ratios.flatMap((ratio) => {
    const exact = widthAt(channels, ratio);
    if (exact === channels) return [channels];
    const width = Math.max(divisor, exact - exact % divisor);
    const fits = exact < channels ? least <= width && width < channels : width > channels;
    return fits ? [width] : [];
  });
  return [...new Set(widths)].sort((a, b) => a - b);
}

/** 0.7 · 30 is 20.999… in binary: a product next to a whole number is that number. */
function widthAt(channels: number, ratio: number): number {
  const product = channels * ratio;
  const nearest = Math.round(product);
  const isWhole = Math.abs(product - nearest) < 1e-9 * channels;
  return Math.max(1, isWhole ? nearest : Math.floor(product));
}
