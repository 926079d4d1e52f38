/**
 * Sums of outer products, in the blocks that the routine `outer` keeps in registers.
 *
 * @module
 */
import type { Heap } from "./heap.ts";
import { type Panel, type PanelGroup, panelGroupsOf, panelsOf } from "./panels.ts";
import { ROWS } from "./block.ts";

const FLOAT = 4;

/** The sums of one panel: for each tap, `blocks` blocks of rows. */
export interface Sums extends Panel {
  /** Blocks of rows. */
  readonly blocks: number;
  /** Index of the first float. */
  readonly at: number;
}

/** The sums of panels of equal width. */
export interface SumsGroup extends PanelGroup {
  /** Blocks of rows. */
  readonly blocks: number;
  /** Index of the first float, and floats of a panel. */
  readonly at: number;
  readonly size: number;
}

/** Sums of taps × length × channels. */
export interface SumsLayout {
  /** By panel. */
  readonly sums: readonly Sums[];
  /** By width of panels. */
  readonly groups: readonly SumsGroup[];
  /** Number of outer products. */
  readonly taps: number;
  /** Rows of each. */
  readonly length: number;
  /** Columns of each. */
  readonly channels: number;
  /** Floats in all. */
  readonly floats: number;
}

const blockFloats = ({ vectors }: Panel): number => ROWS[vectors] * 4 * vectors;

/** Lay out sums of taps × length × channels. */
export function sumsOf(
  { taps, length, channels }: Pick<SumsLayout, "taps" | "length" | "channels">,
): SumsLayout {
  let floats = 0;
  const sums = panelsOf(channels).map((panel): Sums => {
    const blocks = Math.ceil(length / ROWS[panel.vectors]);
    const at = floats;
    floats += taps * blocks * blockFloats(panel);
    return { ...panel, blocks, at };
  });
  const groups = panelGroupsOf(channels).map((group): SumsGroup => {
    const { at, blocks, ...panel } = sums.find(({ first }) => first === group.first)!;
    return { ...group, at, blocks, size: taps * blocks * blockFloats(panel) };
  });
  return { sums, groups, taps, length, channels, floats };
}

/** Write sums as [taps, length, channels]. */
export function unpackSums(
  to: Float32Array | Float64Array,
  from: Float32Array,
  layout: SumsLayout,
): void {
  const { sums, taps, length, channels } = layout;
  for (const panel of sums) {
    for (let tap = 0; tap < taps; tap++) {
      const start = panel.at + tap * panel.blocks * blockFloats(panel);
      for (let row = 0; row < length; row++) {
        const target = (tap * length + row) * channels + panel.first;
        const source = start + row * 4 * panel.vectors;
        for (let channel = 0; channel < panel.channels; channel++) {
          to[target + channel] = from[source + channel]!;
        }
      }
    }
  }
}

/** Rows of pixels whose outer products are added. Steps are in floats. */
export interface Pixels {
  /** Images, rows and columns. */
  readonly counts: readonly [images: number, rows: number, columns: number];
  /** Address of x, and its steps between taps, columns, and over the rest of a row and image. */
  readonly x: readonly [at: number, tap: number, column: number, rowGap: number, imageGap: number];
  /** Address of d, and its steps between taps and columns; rows and images follow on. */
  readonly d: readonly [at: number, tap: number, column: number];
}

/** Add xᵀd to the sums at an address. Both are read up to eight floats past their end. */
export function addProducts(
  heap: Heap,
  { groups, taps }: SumsLayout,
  { at, counts, x, d }: Pixels & { readonly at: number },
): void {
  const [xTap, xColumn, xRowGap, xImageGap] = x.slice(1).map((step) => step * FLOAT);
  const [dTap, dColumn] = d.slice(1).map((step) => step * FLOAT);
  if (taps === 0) return;
  for (const { first, vectors, count, blocks, at: offset, size } of groups) {
    heap.call[`outer${vectors}`]!(
      ...[taps, count, blocks, ...counts, x[0], d[0] + first * FLOAT, at + offset * FLOAT],
      ...[xTap!, dTap!, xColumn!, xRowGap!, xImageGap!, dColumn!, size * FLOAT],
    );
  }
}
