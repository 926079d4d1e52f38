/**
 * Channels are computed in panels of 8 (or 12, or 4); matrices are stored panel by panel.
 *
 * @module
 */
import type { Vectors } from "./block.ts";

/** A run of output channels that one routine computes. */
export interface Panel {
  /** Its first channel. */
  readonly first: number;
  /** Its width in vectors of four channels. */
  readonly vectors: Vectors;
  /** How many of its channels exist. */
  readonly channels: number;
}

/** Cut channels into panels: pairs of vectors, and one triple where their number is odd. */
export function panelsOf(channels: number): Panel[] {
  const panels: Panel[] = [];
  for (let first = 0; first < channels;) {
    const left = Math.ceil((channels - first) / 4);
    const vectors = left === 3 ? 3 : left === 1 ? 1 : 2;
    panels.push({ first, vectors, channels: Math.min(4 * vectors, channels - first) });
    first += 4 * vectors;
  }
  return panels;
}

/** Panels of equal width side by side. */
export interface PanelGroup {
  /** First channel. */
  readonly first: number;
  /** Width of each in vectors of four channels. */
  readonly vectors: Vectors;
  /** How many there are. */
  readonly count: number;
  /** Channels from the first on, of later panels too. */
  readonly channels: number;
}

/** The panels of channels, those of equal width together. */
export function panelGroupsOf(channels: number): PanelGroup[] {
  const panels = panelsOf(channels);
  return [2, 1, 3].flatMap((vectors) => {
    const own = panels.filter((panel) => panel.vectors === vectors);
    if (own.length === 0) return [];
    const { first } = own[0]!;
    return [{ first, vectors: own[0]!.vectors, count: own.length, channels: channels - first }];
  });
}

/** Channels rounded up to whole vectors. */
export const paddedChannels = (channels: number): number => 4 * Math.ceil(channels / 4);

/** Where the entries of a matrix depth × channels lie in a flat array. */
export interface MatrixLayout {
  /** Index of entry (0, 0) of each slab; the slabs follow each other in depth. */
  readonly slabs: readonly number[];
  /** Rows in a slab. */
  readonly depth: number;
  /** Distance between rows. */
  readonly depthStride: number;
  /** Number of channels. */
  readonly channels: number;
  /** Distance between channels. */
  readonly channelStride: number;
}

/** Write a matrix panel by panel, zeros in the channels that do not exist. */
export function packPanels(to: Float32Array, from: Float32Array, layout: MatrixLayout): void {
  const { slabs, depth, depthStride, channels, channelStride } = layout;
  let at = 0;
  for (const panel of panelsOf(channels)) {
    const width = 4 * panel.vectors;
    for (const slab of slabs) {
      const start = slab + panel.first * channelStride;
      for (let row = 0; row < depth; row++) {
        for (let channel = 0; channel < width; channel++) {
          to[at++] = channel < panel.channels
            ? from[start + row * depthStride + channel * channelStride]!
            : 0;
        }
      }
    }
  }
}
