/**
 * Espalier's own kernels: passes over [N, C] data that norms and their gradients are made of.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { foldPattern, periodOf, writePattern } from "./columns.ts";
import { productOf, runCorrelation } from "./convolution.ts";
import { addProducts, sumsOf, unpackSums } from "./sums.ts";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";
import { callColumns, type Chunk, cutOf, type RowData, visitRows } from "./rows.ts";

const FLOAT = 4;

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

/** Rows whose mean is subtracted from all. */
const SAMPLE = 64;

/** Mean of the first rows, close enough to the mean of all to avoid cancellation. */
function sampleMean(rows: Float32Array, channels: number): Float32Array {
  const total = new Float64Array(channels);
  foldPattern(total, rows);
  return Float32Array.from(total, (value) => value * channels / rows.length);
}

/**
 * `EspalierColumnMoments`: x [..., C] gives the mean [C] and the biased variance [C].
 *
 * One pass over x − s, with s the mean of the first rows; chunks are summed in double precision.
 */
export function columnMoments({ inputs, backend }: UnitArguments): tf.TensorInfo[] {
  const heap = heapOf(backend);
  const x = inputs["x"]!;
  const [channels, count] = [channelsOf(x), rowsOf(x)];
  const outputs = [heap.output([channels]), heap.output([channels])] as const;
  const period = periodOf(channels);
  const cut = cutOf(channels, [channels]);
  const floats = 4 * period.vectors;
  const [shiftAt, sums, squares, room] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, floats * FLOAT, cut.room],
  ) as [number, number, number, number];
  const pointer = heap.pointer(x);
  const shift = sampleMean(heap.floats(pointer, Math.min(SAMPLE, count) * channels), channels);
  writePattern(heap.floats(shiftAt, floats), shift);
  const [first, second] = [new Float64Array(channels), new Float64Array(channels)];
  visitRows(heap, [{ pointer, channels, filler: shift }], {
    ...{ count, cut, room },
    visit({ rows, pointers }) {
      const views = [heap.floats(sums, floats).fill(0), heap.floats(squares, floats).fill(0)];
      callColumns(heap, "moments#", {
        rows,
        period,
        pointers: [...pointers, shiftAt, sums, squares],
      });
      foldPattern(first, views[0]!);
      foldPattern(second, views[1]!);
    },
  });
  const mean = first.map((value) => value / count);
  heap.floats(heap.pointer(outputs[0]), channels).set(mean.map((value, at) => value + shift[at]!));
  heap.floats(heap.pointer(outputs[1]), channels)
    .set(second.map((value, at) => Math.max(0, value / count - mean[at]! ** 2)));
  return [...outputs];
}

/** `affine` with a diagonal matrix. */
function scaleColumns(
  heap: Heap,
  { x, factor, bias, residual, scale }: Readonly<
    Record<"x" | "factor" | "bias" | "residual" | "scale", tf.TensorInfo | undefined>
  >,
  { out, relu }: { readonly out: number; readonly relu: boolean },
): void {
  const [channels, count] = [channelsOf(x!), rowsOf(x!)];
  const period = periodOf(channels);
  const floats = 4 * period.vectors;
  const data: RowData[] = [
    { pointer: heap.pointer(x!), channels },
    { pointer: out, channels, written: true },
    ...(residual ? [{ pointer: heap.pointer(residual), channels }] : []),
  ];
  const cut = cutOf(channels, data.map(() => channels));
  const [factors, biases, scales, floor, room] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, floats * FLOAT, FLOAT, cut.room],
  ) as [number, number, number, number, number];
  const one = Float32Array.of(1);
  const pattern = (to: number, from: tf.TensorInfo | undefined): void =>
    writePattern(
      heap.floats(to, floats),
      from ? heap.floats(heap.pointer(from), channels) : one,
    );
  pattern(factors, factor);
  pattern(biases, bias);
  pattern(scales, scale);
  heap.floats(floor, 1)[0] = relu ? 0 : -Infinity;
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit: ({ rows, pointers: [x, out, residual] }) =>
      callColumns(heap, residual === undefined ? "scale#" : "scale#r", {
        ...{ rows, period, fixed: [4] },
        pointers: [x!, out!, factors, biases, floor, residual ?? 0, scales],
      }),
  });
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
  const channels = channelsOf(matrix!);
  const result = heap.output([...x!.shape.slice(0, -1), channels]);
  const [out, relu] = [heap.pointer(result), attrs?.relu === true];
  if (matrix!.shape.length === 1) {
    scaleColumns(heap, { x, factor: matrix, bias, residual, scale }, { out, relu });
    return result;
  }
  const inner = channelsOf(x!);
  runCorrelation(heap, productOf(rowsOf(x!), [inner, channels]), {
    ...{ x: heap.pointer(x!), kernel: heap.pointer(matrix!), out },
    layout: { slabs: [0], depth: inner, depthStride: channels, channels, channelStride: 1 },
    finish: {
      relu,
      bias: heap.pointer(bias!),
      ...(residual && {
        residual: { pointer: heap.pointer(residual), ...(scale && { scale: heap.pointer(scale) }) },
      }),
    },
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
  const [inner, channels, count] = [channelsOf(x), channelsOf(dy), rowsOf(dy)];
  const diagonal = attrs?.diagonal === true;
  const outputs = [
    y ? heap.output(dy.shape) : heap.share(dy),
    heap.output([channels]),
    heap.output(diagonal ? [channels] : [inner, channels]),
  ] as const;
  const data: RowData[] = [
    { pointer: heap.pointer(x), channels: inner },
    { pointer: heap.pointer(dy), channels },
    ...(y
      ? [
        { pointer: heap.pointer(y), channels },
        { pointer: heap.pointer(outputs[0]), channels, written: true },
      ]
      : []),
  ];
  const period = periodOf(channels);
  const floats = 4 * period.vectors;
  const cut = cutOf(channels, data.map((rows) => rows.channels));
  const outer = sumsOf({ taps: diagonal ? 0 : 1, length: inner, channels });
  const [sums, products, blocks, room] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, outer.floats * FLOAT, cut.room],
  ) as [number, number, number, number];
  heap.floats(blocks, outer.floats).fill(0);
  const totals = [new Float64Array(channels), new Float64Array(channels)] as const;
  const name = `gradient#${y ? "m" : ""}${diagonal ? "p" : ""}`;
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit({ rows, pointers: [x, dy, y = 0, d = dy] }: Chunk) {
      const views = [heap.floats(sums, floats).fill(0), heap.floats(products, floats).fill(0)];
      callColumns(heap, name, { rows, period, pointers: [dy!, sums, y, d!, x!, products] });
      foldPattern(totals[0], views[0]!);
      foldPattern(totals[1], views[1]!);
      addProducts(heap, outer, {
        at: blocks,
        counts: [1, 1, rows],
        x: [x!, 0, inner, 0, 0],
        d: [d!, 0, channels],
      });
    },
  });
  heap.floats(heap.pointer(outputs[1]), channels).set(totals[0]);
  const result = heap.floats(heap.pointer(outputs[2]), diagonal ? channels : inner * channels);
  if (diagonal) result.set(totals[1]);
  else unpackSums(result, heap.floats(blocks, outer.floats), outer);
  return [...outputs];
}
