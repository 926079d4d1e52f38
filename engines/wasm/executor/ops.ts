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
  const like = ({ shape: [batch, height, width] }: Feature, channels: number): Feature =>
    features.make([batch, height, width, channels]);
  const free = (...xs: readonly Feature[]) => features.free(...xs);
  const rowPasses: Pick<ExecutorOps, "affine" | "affineGradient"> = {
    affine(x, { residual, ...map }) {
      const y = like(x, map.bias.length);
      affineRows(heap, features.rows(x), {
        ...map,
        count: pixelsOf(x),
        residual: residual && features.rows(residual),
        out: features.pointer(y),
      });
      return y;
    },
    affineGradient(x, { dys, channels, y, diagonal }) {
      const [first] = dys as [Feature];
      const isIt = dys.length === 1 && y === undefined && first.shape[3] === channels;
      const d = isIt ? features.share(first) : like(x, channels);
      const sums = affineRowsGradient(heap, features.rows(x), {
        count: pixelsOf(x),
        dys: dys.map((dy) => features.rows(dy)),
        y: y && features.pointer(y),
        d: isIt ? undefined : features.pointer(d),
        ...{ channels, diagonal },
      });
      return { d, ...sums };
    },
  };
  return {
    ...rowPasses,
    free,
    upload(values, shape) {
      const made = features.make(shape);
      features.view(made).set(values);
      return made;
    },
    read: (x) => features.view(x).slice(),
    convolve: (x, options) =>
      isRowMap(options)
        ? convolveRows({ ...rowPasses, free }, x, options)
        : convolve({ heap, features }, x, options),
    pool: (x, options) => pool(features, x, options),
    lacks: ["max", "pool-padding"],
    moments: (x) => momentsOf(heap, { ...features.rows(x), count: pixelsOf(x) }),
  };
}
