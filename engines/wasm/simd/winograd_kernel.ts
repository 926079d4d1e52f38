/**
 * Winograd's transform of a convolution's kernel, and its adjoint.
 *
 * @module
 */
import type { Filtering } from "../../winograd.ts";
import { ROWS } from "./block.ts";
import type { Heap } from "./heap.ts";
import { type MatrixLayout, packPanels, paddedChannels } from "./panels.ts";
import { type SumsLayout, sumsOf, unpackSums } from "./sums.ts";

const FLOAT = 4;
/** Taps of a kernel. */
export const TAPS = 9;

/** Bytes of a plane: an odd number of cache lines, so that no two planes share a set of the cache. */
export const planeBytes = (tiles: number, pixel: number): number =>
  64 * (2 * Math.floor(Math.ceil(tiles * pixel / 64) / 2) + 1);

/** G g Gᵀ of a whole kernel, plane by plane, each in panels; returns the bytes of a plane. */
export function transformKernel(
  heap: Heap,
  { kernel, layout, filtering: { tile }, taps, planes }: {
    readonly kernel: Float32Array;
    readonly layout: MatrixLayout;
    readonly filtering: Filtering;
    /** Room for the taps, in panels. */
    readonly taps: number;
    readonly planes: number;
  },
): number {
  const size = layout.depth * paddedChannels(layout.channels), bytes = size * FLOAT;
  const to = heap.floats(taps, TAPS * size), plane = planeBytes(1, bytes);
  layout.slabs.forEach((slab, tap) =>
    packPanels(to.subarray(tap * size, (tap + 1) * size), kernel, { ...layout, slabs: [slab] })
  );
  heap.call[`winogradKernel${tile}`]!(
    ...[1, 0, 1, 0, 1, 0, size / 4, taps, bytes, 3 * bytes, planes, plane, 4],
  );
  return plane;
}

/** Gᵀ u G of sums over all planes. */
export function sumsOfKernel(
  heap: Heap,
  { planes, sums, filtering: { tile }, kernel, constants }: {
    /** Sums by plane, and where they are. */
    readonly planes: SumsLayout;
    readonly sums: number;
    readonly filtering: Filtering;
    /** Room for the sums of a kernel's taps. */
    readonly kernel: number;
    /** Room for eight floats. */
    readonly constants: number;
  },
): Float32Array {
  const taps = sumsOf({ ...planes, taps: TAPS });
  heap.floats(constants, 4).fill(0);
  heap.floats(constants + 16, 1)[0] = -Infinity;
  for (const [i, { at, blocks, vectors }] of planes.sums.entries()) {
    const size = blocks * ROWS[vectors] * 4 * vectors, bytes = size * FLOAT;
    heap.call[`winogradKernelGradient${tile}`]!(
      ...[1, 0, 1, 0, size / 4, 16, 1, kernel + taps.sums[i]!.at * FLOAT, bytes, 3 * bytes],
      ...[sums + at * FLOAT, bytes, 4, constants, constants + 16],
    );
  }
  const gradient = new Float32Array(TAPS * taps.length * taps.channels);
  unpackSums(gradient, heap.floats(kernel, taps.floats), taps);
  return gradient;
}
