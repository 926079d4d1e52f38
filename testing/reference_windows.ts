import type { Padding, Size } from "@espalier/core";
import type { FeatureShape } from "@espalier/supernet/engine";

/** An output pixel that reads an input pixel through a tap of the window; pixels of all images. */
export interface Meeting {
  /** Pixel of the output. */
  readonly to: number;
  /** Pixel of the input. */
  readonly from: number;
  /** Tap, row by row. */
  readonly tap: number;
}

/** A sliding window. */
export interface MovedWindow {
  /** Height and width. */
  readonly size: Size;
  /** Step between outputs. */
  readonly strides: Size;
  /** Rows and columns around the images. */
  readonly padding: Padding;
}

/** Which pixels meet, and how large the output is. */
export interface Meetings {
  /** Height and width of the output. */
  readonly size: Size;
  /** All of them. */
  readonly all: readonly Meeting[];
}

/** Slide a window over images. */
export function meetingsOf(
  [batch, height, width]: FeatureShape,
  { size: [rows, columns], strides, padding: [top, bottom, left, right] }: MovedWindow,
): Meetings {
  const high = Math.floor((height + top + bottom - rows) / strides[0]) + 1;
  const wide = Math.floor((width + left + right - columns) / strides[1]) + 1;
  const all: Meeting[] = [];
  for (let n = 0, to = 0; n < batch; n++) {
    for (let i = 0; i < high; i++) {
      for (let j = 0; j < wide; j++, to++) {
        for (let tap = 0; tap < rows * columns; tap++) {
          const y = i * strides[0] + Math.floor(tap / columns) - top;
          const x = j * strides[1] + tap % columns - left;
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          all.push({ to, from: (n * height + y) * width + x, tap });
        }
      }
    }
  }
  return { size: [high, wide], all };
}
