import { EspalierError } from "@espalier/core";
import type { Feature, FeatureShape } from "@espalier/supernet/engine";
import type { Heap } from "../simd/heap.ts";
import type { Rows } from "../simd/rows.ts";

const FLOAT = 4;

/** Memory of one or several features. */
interface Block {
  readonly pointer: number;
  references: number;
}

/** Numbers in a feature of this shape. */
const sizeOf = (shape: FeatureShape): number => shape.reduce((product, n) => product * n, 1);

/** Pixels of a feature. */
export const pixelsOf = ({ shape: [batch, height, width] }: Feature): number =>
  batch * height * width;

/** Features on the wasm heap. */
export class Features {
  readonly #heap: Heap;
  readonly #blocks = new Map<Feature, Block>();

  /** @param heap The heap. */
  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Make a feature, whose numbers `fill` sets; where that throws, nothing is left behind. */
  make(shape: FeatureShape, fill: (x: Feature) => void): Feature {
    const pointer = this.#heap.allocate(sizeOf(shape) * FLOAT);
    const made = this.#keep(shape, { pointer, references: 0 });
    try {
      fill(made);
      return made;
    } catch (error) {
      this.free(made);
      throw error;
    }
  }

  /** Another feature with the same numbers, in the same memory. */
  share(x: Feature): Feature {
    return this.#keep(x.shape, this.#blockOf(x));
  }

  /** Free features. */
  free(...xs: readonly Feature[]): void {
    for (const x of xs) {
      const block = this.#blockOf(x);
      this.#blocks.delete(x);
      if (--block.references === 0) this.#heap.free(block.pointer);
    }
  }

  /** Address of a feature's numbers. */
  pointer(x: Feature): number {
    return this.#blockOf(x).pointer;
  }

  /** A feature as rows of channels. */
  rows(x: Feature): Rows {
    return { pointer: this.pointer(x), channels: x.shape[3] };
  }

  /** A feature's numbers, as a view that the next allocation may detach. */
  view(x: Feature): Float32Array {
    return this.#heap.floats(this.pointer(x), sizeOf(x.shape));
  }

  #keep(shape: FeatureShape, block: Block): Feature {
    const made: Feature = { shape };
    block.references++;
    this.#blocks.set(made, block);
    return made;
  }

  #blockOf(x: Feature): Block {
    const block = this.#blocks.get(x);
    if (block !== undefined) return block;
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot read a feature as it must be one of this engine, not freed yet: [${x.shape}]. ` +
        "Report it with the network.",
    );
  }
}
