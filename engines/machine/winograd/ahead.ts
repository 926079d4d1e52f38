/**
 * Prefetching the images of the next transforms while products are computed: images are read once, so
 * they come from main memory.
 *
 * @module
 */
import type { Assembler, Integer } from "../assemble.ts";
import { FLOAT } from "../columns.ts";
import { PLANES } from "./planes.ts";
import type { Size } from "./tile_rows.ts";

/** Bytes of a cache line. */
const LINE = 64;
/** Lines prefetched with a plane: more would evict each other. */
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

/** Append the prefetches that go with one plane: its share of the memory. */
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
