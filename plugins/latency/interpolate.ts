import type { LatencyUnit } from "./table.ts";

/** Where a value lies on an axis: between two places, or beyond the last one by a factor. */
interface Place {
  readonly below: number;
  readonly above: number;
  /** Share of `above`. */
  readonly share: number;
  /** How much larger than the last value it is; 1 within the axis. */
  readonly factor: number;
}

function placeOn(axis: readonly number[], value: number): Place {
  const above = axis.findIndex((entry) => entry >= value);
  const last = axis.length - 1;
  if (above < 0) return { below: last, above: last, share: 0, factor: value / axis[last]! };
  if (above === 0) return { below: 0, above: 0, share: 0, factor: 1 };
  const [low, high] = [axis[above - 1]!, axis[above]!];
  return { below: above - 1, above, share: (value - low) / (high - low), factor: 1 };
}

const mix = (low: number, high: number, { share }: Place): number => low + share * (high - low);

/**
 * Time of a unit at any widths: linear in either width between those that were measured, which is exact
 * where the time is proportional to multiply-adds; that of the smallest below them, proportional above.
 *
 * @param unit Times on a grid.
 * @param widths Channels that enter and leave.
 * @returns Milliseconds.
 */
export function timeAtWidths(
  { inputs, outputs, ms }: LatencyUnit,
  widths: { readonly input: number; readonly output: number },
): number {
  const row = placeOn(inputs, widths.input);
  const column = outputs === undefined ? placeOn([1], 1) : placeOn(outputs, widths.output);
  const along = (i: number) => mix(ms[i]![column.below]!, ms[i]![column.above]!, column);
  return mix(along(row.below), along(row.above), row) * row.factor * column.factor;
}

/**
 * Time at any widths and size: linear in the number of positions between the sizes that were measured,
 * proportional to it beyond them.
 *
 * @param units Those of one kind, at least one.
 * @param place Channels, and rows times columns of what enters.
 * @returns Milliseconds.
 */
export function timeOf(
  units: readonly LatencyUnit[],
  place: { readonly input: number; readonly output: number; readonly area: number },
): number {
  const sorted = units.toSorted((a, b) => a.area - b.area);
  const areas = sorted.map(({ area }) => area);
  if (place.area < areas[0]!) return timeAtWidths(sorted[0]!, place) * place.area / areas[0]!;
  const { below, above, factor, ...rest } = placeOn(areas, place.area);
  const at = (i: number) => timeAtWidths(sorted[i]!, place);
  return mix(at(below), at(above), { below, above, factor, ...rest }) * factor;
}
