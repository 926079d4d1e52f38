/**
 * The layout of transformed numbers: 16 planes, one for each product of a tile.
 *
 * @module
 */
import { FLOAT, LANES, type Panel, panelsOf, VECTOR, vectorsOf } from "../columns.ts";

/** Products of a tile. */
export const PLANES = 16;

/** Planes of [tiles, channels]. */
export interface Planes {
  /** Bytes from tile to tile. */
  readonly tile: number;
  /** Bytes from plane to plane. */
  readonly plane: number;
}

/** Bytes of a row of channels, filled up to vectors, or to half a one. */
export const paddedBytes = (channels: number): number =>
  channels <= LANES / 2 ? VECTOR / 2 : VECTOR * vectorsOf(channels);

/** Planes for some tiles. */
export function planesOf(channels: number, tiles: number): Planes {
  const tile = paddedBytes(channels);
  const lines = Math.ceil(tiles * tile / VECTOR);
  // An odd number of lines avoids cache-set conflicts between planes.
  return { tile, plane: VECTOR * (lines + 1 - lines % 2) };
}

/** A panel of the planes of [depth, width] in which kernels, or their gradients, lie. */
export interface MatrixPanel extends Panel {
  /** Bytes before it. */
  readonly start: number;
  /** Bytes from row to row. */
  readonly row: number;
  /** Bytes from plane to plane. */
  readonly plane: number;
}

/** The panels, contiguous, each with all planes. */
export function matrixPanels(depth: number, width: number): MatrixPanel[] {
  return panelsOf(width).map((panel) => {
    const row = VECTOR * vectorsOf(panel.channels);
    const start = PLANES * depth * FLOAT * panel.first;
    return { ...panel, start, row, plane: depth * row };
  });
}

/** Bytes of all panels. */
export const matrixBytes = (depth: number, width: number): number =>
  PLANES * depth * VECTOR * vectorsOf(width);

/** How tiles are worked on. */
export interface Block {
  /** Rows of tiles at a time. */
  readonly rows: number;
  /** Tiles of a group that is multiplied in registers. */
  readonly group: number;
  /** Tiles for which there is room, whole groups. */
  readonly tiles: number;
}

/**
 * Choose rows of tiles that fill groups well.
 *
 * @param columns Tiles of a row.
 * @param options Number of tiles wanted at a time, and the most of a group.
 */
export function blockOf(
  columns: number,
  { wanted, most }: { readonly wanted: number; readonly most: number },
): Block {
  const upper = Math.max(1, Math.floor(wanted / columns));
  const blocks = Array.from({ length: Math.ceil(upper / 2) }, (_, index): Block => {
    const rows = upper - index;
    const groups = Math.ceil(rows * columns / most);
    const group = Math.ceil(rows * columns / groups);
    return { rows, group, tiles: groups * group };
  });
  const waste = ({ rows, tiles }: Block): number => tiles / rows;
  return blocks.reduce((best, block) => waste(block) < waste(best) ? block : best);
}
