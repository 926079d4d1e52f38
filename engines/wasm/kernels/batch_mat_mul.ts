/**
 * `BatchMatMul`: the backend has a fast product for two plain matrices and a slow loop for all
 * other calls. It is the fallback for runtimes without relaxed SIMD and for calls that
 * simd/mat_mul.ts declines, such as batches and products of few rows.
 *
 * A batch becomes single products, and a transposed b is transposed first. aᵀb is what
 * `Conv2DBackpropFilter` computes for a 1×1 filter, and is passed on to it a few thousand rows at a
 * time.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";

/** Rows of a and b that aᵀb sums over at a time. */
const ROWS = 8192;

/** Length of a single row from which on packing b does not pay. */
const LONG = 512;

const PLAIN = { transposeA: false, transposeB: false };

interface Pair {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

/** Transpose a [rows, columns] matrix, a block of rows at a time. */
function transpose(
  source: Float32Array,
  target: Float32Array,
  { rows, columns }: { rows: number; columns: number },
): void {
  for (let top = 0; top < rows; top += 32) {
    const bottom = Math.min(rows, top + 32);
    for (let column = 0; column < columns; column++) {
      let from = top * columns + column;
      for (let row = top; row < bottom; row++, from += columns) {
        target[column * rows + row] = source[from]!;
      }
    }
  }
}

function transposed(workspace: Workspace, x: tf.TensorInfo): tf.TensorInfo {
  const [rows, columns] = x.shape as [number, number];
  const made = workspace.empty([columns, rows]);
  transpose(workspace.floats(x), workspace.floats(made), { rows, columns });
  return made;
}

/** aᵀb for a [rows, m] and b [rows, n]: the filter gradient of a 1×1 convolution. */
function transposedProduct(workspace: Workspace, { a, b }: Pair): tf.TensorInfo {
  const [rows, m] = a.shape as [number, number];
  const n = b.shape[1]!;
  let total: tf.TensorInfo | undefined;
  for (let first = 0; first < rows; first += ROWS) {
    const length = Math.min(ROWS, rows - first);
    const product = workspace.run("Conv2DBackpropFilter", {
      x: workspace.view(a, first * m, [1, 1, length, m]),
      dy: workspace.view(b, first * n, [1, 1, length, n]),
    }, { strides: 1, pad: "valid", dataFormat: "NHWC", filterShape: [1, 1, m, n] });
    if (total === undefined) {
      total = product;
      continue;
    }
    const sum = workspace.floats(total), part = workspace.floats(product);
    for (let i = 0; i < part.length; i++) sum[i]! += part[i]!;
    workspace.release(product);
  }
  return shaped(total!, [m, n]);
}

/** The product of two matrices. */
function product(
  workspace: Workspace,
  { a, b }: Pair,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
): tf.TensorInfo {
  const right = transposeB ? transposed(workspace, b) : b;
  const [rows, length] = a.shape as [number, number];
  if (rows === 1 && length >= LONG && !transposeA) {
    // As in a column sum: the fast product packs b first, which would take longer than the product.
    return transposedProduct(workspace, { a: shaped(a, [length, 1]), b: right });
  }
  if (transposeA) return transposedProduct(workspace, { a, b: right });
  return workspace.stock("BatchMatMul", { a, b: right }, PLAIN);
}

function matrixOf(workspace: Workspace, x: tf.TensorInfo, index: number): tf.TensorInfo {
  const shape = x.shape.slice(-2);
  return workspace.view(x, index * shape[0]! * shape[1]!, shape);
}

const sizeOf = (shape: number[]): number => shape.reduce((size, length) => size * length, 1);

/** The kernel. */
export const batchMatMul: WasmKernel = wasmKernel<
  tf.BatchMatMulInputs,
  tf.BatchMatMulAttrs
>("BatchMatMul", (workspace, { a, b }, attrs) => {
  const { transposeA, transposeB } = attrs;
  const batchA = a.shape.slice(0, -2), batchB = b.shape.slice(0, -2);
  const countA = sizeOf(batchA), countB = sizeOf(batchB);
  const m = a.shape.at(transposeA ? -1 : -2)!, n = b.shape.at(transposeB ? -2 : -1)!;
  const floats = a.dtype === "float32" && b.dtype === "float32";
  if (!floats || sizeOf(a.shape) * sizeOf(b.shape) === 0) {
    return workspace.stock("BatchMatMul", { a, b }, attrs);
  }
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const count = Math.max(countA, countB);
  if (countB === 1 && (!transposeA || count === 1)) {
    const left = shaped(a, [sizeOf(a.shape) / a.shape.at(-1)!, a.shape.at(-1)!]);
    const whole = product(workspace, { a: left, b: shaped(b, b.shape.slice(-2)) }, attrs);
    return shaped(whole, [...batch, m, n]);
  }
  const result = workspace.empty([...batch, m, n]);
  for (let i = 0; i < count; i++) {
    const pair = {
      a: matrixOf(workspace, a, i % countA),
      b: matrixOf(workspace, b, i % countB),
    };
    const part = product(workspace, pair, attrs);
    workspace.floats(result).set(workspace.floats(part), i * m * n);
    workspace.release(part);
  }
  return result;
});
