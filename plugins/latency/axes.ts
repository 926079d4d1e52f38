/** Widths that are measured between the narrowest and the widest. */
const LEVELS = 5;
/** The narrowest layers are measured down to this share. */
const NARROWEST = 0.25;
/** Widths from here on are rounded to multiples of it, as most networks have them. */
const MULTIPLE = 8;

/**
 * Widths at which a unit is measured: from a quarter of the narrowest to the widest, each by the same
 * factor wider than the one before, and these two.
 *
 * @param widths Channels of the unit in the unpruned network.
 * @returns Ascending widths.
 */
export function widthAxis(widths: readonly number[]): readonly number[] {
  const [least, most] = [Math.min(...widths), Math.max(...widths)];
  const first = Math.max(1, Math.round(NARROWEST * least));
  const between = Array.from({ length: LEVELS }, (_, i) => {
    const width = first * (most / first) ** (i / (LEVELS - 1));
    return width < MULTIPLE ? Math.round(width) : MULTIPLE * Math.round(width / MULTIPLE);
  }).filter((width) => width < most);
  return [...new Set([first, ...between, least, most])].sort((a, b) => a - b);
}
