/**
 * The passes that the wasm engine offers the executor: the routines of ../simd on features in the heap.
 *
 * @module
 */
import type { ExecutorOps, Feature } from "@espalier/supernet/engine";
import { convolveRows, isRowMap } from "../../row_convolution.ts";
import { affineRows } from "../simd/affine.ts";
import { affineRowsGradient } from "../simd/affine_gradient.ts";
import type { Heap } from "../simd/heap.ts";
import { momentsOf } from "../simd/moments.ts";
import { cutEntries, heapBridge, openBelow } from "./bridge.ts";
import { convolve } from "./convolution.ts";
import { Features, pixelsOf } from "./features.ts";
import { pool } from "./pool.ts";

/**
 * Passes on a wasm heap.
 *
 * @param heap Where features lie, and what computes.
 * @returns The passes.
 */
export function wasmExecutorOps(heap: Heap): ExecutorOps {
  const features = new Features(heap);
  const like = (
    { shape: [batch, height, width] }: Feature,
    channels: number,
    fill: (made: Feature) => void,
  ): Feature => features.make([batch, height, width, channels], fill);
  const free = (...xs: readonly Feature[]) => features.free(...xs);
  const rowPasses: Pick<ExecutorOps, "affine" | "affineGradient"> = {
    affine: (x, { residual, max, ...map }) =>
      like(x, map.bias.length, (y) => {
        affineRows(heap, features.rows(x), {
          ...map,
          count: pixelsOf(x),
          residual: residual && features.rows(residual),
          out: features.pointer(y),
        });
        if (map.relu && max !== undefined) cutEntries(features.view(y), { max, to: max });
      }),
    affineGradient(x, { max, ...options }) {
      if (options.y !== undefined && max !== undefined) {
        const y = openBelow(features, options.y, max);
        try {
          return rowPasses.affineGradient(x, { ...options, y });
        } finally {
          free(y);
        }
      }
      const { dys, channels, y, diagonal } = options;
      const sumsInto = (d: number | undefined) =>
        affineRowsGradient(heap, features.rows(x), {
          ...{ channels, diagonal, d, count: pixelsOf(x) },
          dys: dys.map((dy) => features.rows(dy)),
          y: y && features.pointer(y),
        });
      const [first] = dys as [Feature];
      if (dys.length === 1 && y === undefined && first.shape[3] === channels) {
        return { ...sumsInto(undefined), d: features.share(first) };
      }
      let sums: ReturnType<typeof sumsInto>;
      const d = like(x, channels, (d) => sums = sumsInto(features.pointer(d)));
      return { ...sums!, d };
    },
  };
  return {
    ...rowPasses,
    free,
    upload: (values, shape) => features.make(shape, (made) => features.view(made).set(values)),
    read: (x) => features.view(x).slice(),
    convolve: (x, options) =>
      isRowMap(options)
        ? convolveRows({ ...rowPasses, free }, x, options)
        : convolve({ heap, features }, x, options),
    pool: (x, options) => pool(features, x, options),
    lacks: ["pool-padding"],
    ...heapBridge(heap, features),
    moments: (x) => momentsOf(heap, { ...features.rows(x), count: pixelsOf(x) }),
  };
}
