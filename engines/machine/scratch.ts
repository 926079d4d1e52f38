/**
 * Scratch memory that a routine reads and writes beside the rows: matrices, sums, planes.
 *
 * @module
 */

/** Bytes of a cache line, on which regions begin. */
const LINE = 64;
const PAGE = 4096;

/** A part of the scratch memory. */
export interface Region {
  /** Where it is. */
  readonly address: bigint;
  /** Its numbers; whatever was there before. */
  readonly floats: Float32Array;
}

/** Memory that each call divides anew; it grows and never shrinks. */
export class Scratch {
  #buffer = new ArrayBuffer(0);
  #address = 0n;

  /**
   * Divide the memory.
   *
   * @param sizes Bytes of each region.
   * @returns The regions, until the next call.
   */
  regions(...sizes: readonly number[]): Region[] {
    const rounded = sizes.map((size) => Math.ceil(size / LINE) * LINE);
    this.#reserve(rounded.reduce((a, b) => a + b, 0));
    let used = 0;
    return rounded.map((size, index) => {
      const start = used;
      used += size;
      const offset = Number(-this.#address & BigInt(LINE - 1)) + start;
      return {
        address: this.#address + BigInt(offset),
        floats: new Float32Array(this.#buffer, offset, sizes[index]! / 4),
      };
    });
  }

  #reserve(bytes: number): void {
    if (bytes + LINE <= this.#buffer.byteLength) return;
    // A buffer of this size lies outside of the garbage-collected heap, so it does not move.
    this.#buffer = new ArrayBuffer(Math.ceil((bytes + LINE) / PAGE) * 2 * PAGE);
    const pointer = Deno.UnsafePointer.of(new Uint8Array(this.#buffer));
    this.#address = BigInt(Deno.UnsafePointer.value(pointer));
  }
}
