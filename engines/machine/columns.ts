/**
 * How the channels of a row lie in vector registers.
 *
 * @module
 */
import type { Assembler, Form, Integer, Mask } from "./assemble.ts";

/** Bytes of a number. */
export const FLOAT = 4;
/** Floats of a vector. */
export const LANES = 16;
/** Bytes of a vector. */
export const VECTOR: number = LANES * FLOAT;
/** Vectors of one panel, at most: more leave too few registers for a tile. */
const MOST_VECTORS = 4;

/** Channels side by side that a routine works on. */
export interface Panel {
  /** The first of them. */
  readonly first: number;
  /** How many. */
  readonly channels: number;
}

/** The channels of one vector. */
export interface Column {
  /** Bytes from the panel's first channel. */
  readonly offset: number;
  /** Half a vector where that is enough: half the work on processors that halve vectors. */
  readonly bytes: 32 | 64;
  /** How many channels, at most its lanes. */
  readonly channels: number;
}

/** Vectors that hold some channels. */
export const vectorsOf = (channels: number): number => Math.ceil(channels / LANES);

/** Cut channels into panels of about equal width. */
export function panelsOf(channels: number): Panel[] {
  const vectors = vectorsOf(channels);
  const count = Math.ceil(vectors / MOST_VECTORS);
  const start = (panel: number): number =>
    Math.min(channels, LANES * Math.round(panel * vectors / count));
  return Array.from({ length: count }, (_, panel) => ({
    first: start(panel),
    channels: start(panel + 1) - start(panel),
  }));
}

/** Cut the channels of a panel into vectors. */
export function columnsOf(channels: number): Column[] {
  return Array.from({ length: vectorsOf(channels) }, (_, index) => {
    const rest = Math.min(LANES, channels - index * LANES);
    return { offset: index * VECTOR, bytes: rest > LANES / 2 ? 64 : 32, channels: rest };
  });
}

/**
 * The lanes of a column that hold channels.
 *
 * @param column The column.
 * @param mask The mask for the column that is not full, set by {@linkcode setTailMask}.
 * @param channels Channels of the panel that there are in this data; all by default.
 * @returns How to read them, adding `zeroing` for a plain load; nothing where there are none.
 */
export function formOf(
  { offset, bytes, channels }: Column,
  mask: Mask,
  there: number = Infinity,
): Form | undefined {
  const count = Math.min(channels, there - offset / FLOAT);
  if (count <= 0) return undefined;
  return count === bytes / FLOAT ? { bytes } : { bytes, mask };
}

/** Append the setting of a tail mask: the lanes of the last channels. */
export function setTailMask(
  a: Assembler,
  mask: Mask,
  { channels, spare }: { readonly channels: number; readonly spare: Integer },
): void {
  a.set(spare, 2 ** (((channels + LANES - 1) % LANES) + 1) - 1);
  a.setMask(mask, spare);
}
