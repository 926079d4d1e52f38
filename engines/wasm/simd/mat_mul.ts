/**
 * `BatchMatMul` of two plain matrices, computed by the routines of this folder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { multiplyRows } from "./affine.ts";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";
import { cutOf, visitRows } from "./rows.ts";
import { addProducts, sumsOf, unpackSums } from "./sums.ts";

const FLOAT = 4;
/** With fewer rows it does not pay to pack the other matrix. */
const FEWEST_ROWS = 64;

/** Arguments of the kernel. */
export interface MatMulArguments {
  /** Both matrices. */
  readonly inputs: { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo };
  /** Which are given transposed. */
  readonly attrs: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** The backend that holds them. */
  readonly backend: WasmBackend;
}

interface Product {
  readonly a: number;
  readonly b: number;
  readonly out: number;
  /** Rows of the result, what is summed over, columns of the result. */
  readonly sizes: readonly [rows: number, depth: number, columns: number];
}

function sizesOf({ inputs: { a, b }, attrs }: MatMulArguments): Product["sizes"] {
  const [outerA, innerA] = a.shape.slice(-2) as [number, number];
  const [outerB, innerB] = b.shape.slice(-2) as [number, number];
  const columns = attrs.transposeB ? outerB : innerB;
  return attrs.transposeA ? [innerA, outerA, columns] : [outerA, innerA, columns];
}

/** Whether a product is aᵀ·b. A single row of a counts, as it is the transpose of a column. */
const sumsRows = (args: MatMulArguments): boolean =>
  !args.attrs.transposeB && (args.attrs.transposeA || sizesOf(args)[0] === 1);

/** Whether the kernel handles a call. */
export function takesMatMul(args: MatMulArguments): boolean {
  const plain = Object.values(args.inputs).every(({ shape, dtype }) => {
    const size = tf.util.sizeFromShape(shape);
    return dtype === "float32" && size > 0 && size === shape.at(-1)! * shape.at(-2)!;
  });
  return plain &&
    (sumsRows(args) || (!args.attrs.transposeA && sizesOf(args)[0] >= FEWEST_ROWS));
}

/** aᵀ·b, summed over the rows of both. */
function sumOverRows(heap: Heap, { a, b, out, sizes: [length, count, channels] }: Product): void {
  const sums = sumsOf({ taps: 1, length, channels });
  const cut = cutOf(1, [length, channels]);
  const [at, room] = heap.scratch(sums.floats * FLOAT, cut.room) as [number, number];
  heap.floats(at, sums.floats).fill(0);
  const data = [{ pointer: a, channels: length }, { pointer: b, channels }];
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit: ({ rows, pointers: [x, d] }) =>
      addProducts(heap, sums, {
        at,
        counts: [1, 1, rows],
        x: [x!, 0, length, 0, 0],
        d: [d!, 0, channels],
      }),
  });
  unpackSums(heap.floats(out, length * channels), heap.floats(at, sums.floats), sums);
}

/** a·b or a·bᵀ. */
function multiply(
  heap: Heap,
  { a, b, out, sizes: [count, depth, channels] }: Product,
  transposed: boolean,
): void {
  multiplyRows(heap, { pointer: a, channels: depth }, {
    matrix: heap.floats(b, depth * channels).slice(),
    bias: new Float32Array(channels),
    ...{ relu: false, count, out },
    layout: transposed
      ? { slabs: [0], depth, depthStride: 1, channels, channelStride: depth }
      : { slabs: [0], depth, depthStride: channels, channels, channelStride: 1 },
  });
}

/** Multiply two matrices. */
export function matMul(args: MatMulArguments): tf.TensorInfo {
  const { inputs: { a, b }, attrs, backend } = args;
  const heap = heapOf(backend);
  const sizes = sizesOf(args);
  const batch = (a.shape.length > b.shape.length ? a : b).shape.slice(0, -2);
  const result = heap.output([...batch, sizes[0], sizes[2]]);
  const product = { a: heap.pointer(a), b: heap.pointer(b), out: heap.pointer(result), sizes };
  if (sumsRows(args)) sumOverRows(heap, product);
  else multiply(heap, product, attrs.transposeB);
  return result;
}
