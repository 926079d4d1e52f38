/**
 * Bringing the images of the next transforms into the cache while the products keep the processor
 * busy: images are read once, so they come from main memory.
 *
 * @module
 */
import type { Assembler, Integer } from "../assemble.ts";
import { FLOAT } from "../columns.ts";
import { PLANES } from "./planes.ts";
import type { Size } from "./tile_rows.ts";

/** Bytes of a line of the cache. */
const LINE = 64;
/** Lines brought with a plane: more would drive each other out. */
const MOST_LINES = 64;

/** Memory that will be needed soon. */
export interface Ahead {
  /** Register that goes through it. */
  readonly register: Integer;
  /** Bytes in all. */
  readonly bytes: number;
  /** Whether it will be written. */
  readonly isWritten: boolean;
}

/** Bytes of rows of tiles in an image. */
export const imageBytes = (rows: number, { width, channels }: Omit<Size, "height">): number =>
  rows * 2 * width * channels * FLOAT;

/** Append what brings a part of it, as large as that of a plane among all planes. */
export function bring(a: Assembler, memory: readonly Ahead[]): void {
  for (const { register, bytes, isWritten } of memory) {
    const lines = Math.min(MOST_LINES, Math.ceil(bytes / LINE / PLANES));
    for (let line = 0; line < lines; line++) {
      const at = { base: register, offset: line * LINE };
      if (isWritten) a.prefetchToWrite(at);
      else a.prefetch(at);
    }
    a.increase(register, lines * LINE);
  }
}
