/**
 * Espalier's own kernels: passes over [N, C] data that norms and their gradients are made of.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { affineRows } from "./affine.ts";
import { affineRowsGradient } from "./affine_gradient.ts";
import { heapOf, valuesOf, type WasmBackend } from "./heap.ts";
import { momentsOf } from "./moments.ts";
import type { Rows } from "./rows.ts";

/** Arguments of a kernel. */
export interface UnitArguments {
  /** Tensors by name; those not given are undefined. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  /** Options. */
  readonly attrs?: { readonly relu?: boolean; readonly diagonal?: boolean } | undefined;
  /** The backend that holds the tensors. */
  readonly backend: WasmBackend;
}

/** Length of the last axis. */
export const channelsOf = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1]!;
/** Product of the other axes. */
export const rowsOf = (x: tf.TensorInfo): number => tf.util.sizeFromShape(x.shape) / channelsOf(x);

/** A tensor as rows. */
export function rowsAt(backend: WasmBackend, x: tf.TensorInfo): Rows {
  return { pointer: heapOf(backend).pointer(x), channels: channelsOf(x) };
}

/** Numbers as a tensor. */
function tensorOf(backend: WasmBackend, values: Float64Array, shape: number[]): tf.TensorInfo {
  const heap = heapOf(backend), made = heap.output(shape);
  heap.floats(heap.pointer(made), values.length).set(values);
  return made;
}

/** `EspalierColumnMoments`: x [..., C] gives the mean [C] and the biased variance [C]. */
export function columnMoments({ inputs, backend }: UnitArguments): tf.TensorInfo[] {
  const x = inputs["x"]!, count = rowsOf(x);
  const { mean, variance } = momentsOf(heapOf(backend), { ...rowsAt(backend, x), count });
  return [mean, variance].map((values) => tensorOf(backend, values, [channelsOf(x)]));
}

/**
 * `EspalierAffine`: x [..., C], matrix [C, D] (or its diagonal [C]), bias [D], residual? [..., D],
 * scale? [D] (1 if absent), attribute `relu`: x·matrix + bias + residual∘scale, then relu.
 */
export function affine({ inputs, attrs, backend }: UnitArguments): tf.TensorInfo {
  const heap = heapOf(backend);
  const { x, matrix, bias, residual, scale } = inputs as Record<string, tf.TensorInfo> & {
    readonly residual?: tf.TensorInfo;
    readonly scale?: tf.TensorInfo;
  };
  const result = heap.output([...x!.shape.slice(0, -1), channelsOf(matrix!)]);
  affineRows(heap, rowsAt(backend, x!), {
    count: rowsOf(x!),
    matrix: valuesOf(heap, matrix!),
    diagonal: matrix!.shape.length === 1,
    bias: valuesOf(heap, bias!),
    residual: residual && rowsAt(backend, residual),
    ...(scale && { scale: valuesOf(heap, scale) }),
    relu: attrs?.relu === true,
    out: heap.pointer(result),
  });
  return result;
}

/**
 * `EspalierAffineGrad`: x [..., C], dy [..., D], y? [..., D] (of a relu), attribute `diagonal` gives
 * d = dy where y > 0 [..., D] (dy itself without y), its column sums [D], and xᵀd [C, D] or, if
 * diagonal, Σ x∘d [C].
 */
export function affineGrad({ inputs, attrs, backend }: UnitArguments): tf.TensorInfo[] {
  const heap = heapOf(backend);
  const { x, dy, y } = inputs as Record<"x" | "dy", tf.TensorInfo> & { readonly y?: tf.TensorInfo };
  const channels = channelsOf(dy), diagonal = attrs?.diagonal === true;
  const d = y ? heap.output(dy.shape) : heap.share(dy);
  const { bias, matrix } = affineRowsGradient(heap, rowsAt(backend, x), {
    count: rowsOf(dy),
    dys: [rowsAt(backend, dy)],
    ...{ channels, diagonal },
    y: y && heap.pointer(y),
    d: y && heap.pointer(d),
  });
  const shape = diagonal ? [channels] : [channelsOf(x), channels];
  return [d, tensorOf(backend, bias, [channels]), tensorOf(backend, matrix, shape)];
}
