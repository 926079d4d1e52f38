/**
 * Espalier's own kernels: the passes over [N, C] data that norms and their gradients are made of.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { varianceOf } from "../variance.ts";
import { ints, op } from "./op.ts";
import type { Kernel, KernelCall } from "./override.ts";
import { product } from "./product.ts";
import { channelsOf, channelSums, groupOf, pixelsOf, scaleChannels, spread, view } from "./view.ts";

/** Fold groups of channels into channels, in double precision. */
function fold(values: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  values.forEach((value, i) => sums[i % channels]! += value);
  return sums;
}

function sumsOnHost(x: tf.Tensor): Float64Array {
  return fold(op("BiasAddGrad", [view(x)]).dataSync<"float32">(), channelsOf(x));
}

/** Sums of squares, as squared norms: one pass without an intermediate tensor. */
function squareSumsOnHost(x: tf.Tensor): Float64Array {
  const channels = channelsOf(x);
  // The op is fast on long rows, and on rows of whole vectors.
  const rows = channels % groupOf(x) === 0 ? tf.reshape(x, [pixelsOf(x), channels]) : view(x);
  const norms = op("EuclideanNorm", [rows, ints([0])]).dataSync<"float32">();
  return fold(norms.map((norm) => norm * norm), channels);
}

/** E[x²] − E[x]² where that keeps its digits, else a second pass over (x − mean)². */
function variance(x: tf.Tensor, mean: Float64Array): Float64Array {
  const pixels = pixelsOf(x);
  const fast = varianceOf(mean, squareSumsOnHost(x).map((sum) => sum / pixels));
  if (fast) return fast;
  const means = spread(tf.tensor1d(Float32Array.from(mean)), x);
  const squares = op("SquaredDifference", [view(x), means]);
  return sumsOnHost(tf.reshape(squares, x.shape)).map((sum) => sum / pixels);
}

/**
 * `EspalierColumnMoments`: x [..., C] gives the mean [C] and the biased variance [C]. The arithmetic
 * on channels runs on the host, since one read takes as long as one op and replaces many.
 */
const columnMoments: Kernel = {
  name: "EspalierColumnMoments",
  run({ inputs }) {
    const x = inputs.x!;
    const pixels = pixelsOf(x);
    const mean = sumsOnHost(x).map((sum) => sum / pixels);
    return [mean, variance(x, mean)].map((values) => tf.tensor1d(Float32Array.from(values)));
  },
};

/**
 * `EspalierAffine`: x [..., C], matrix [C, D] (or its diagonal [C]), bias [D], residual? [..., D],
 * scale? [D] (1 if absent), attribute `relu`: x·matrix + bias + residual∘scale, then relu.
 */
const affine: Kernel = {
  name: "EspalierAffine",
  run({ inputs, attrs }: KernelCall<{ relu?: boolean } | undefined>) {
    const { x, matrix, bias, scale } = inputs as Record<string, tf.Tensor>;
    const residual = inputs.residual && scale
      ? scaleChannels(inputs.residual, { factor: scale })
      : inputs.residual;
    const isRelu = attrs?.relu === true;
    if (matrix!.shape.length > 1) {
      return product({ x: x!, matrix: matrix!, bias: bias!, residual, isRelu });
    }
    const y = scaleChannels(x!, { factor: matrix!, term: bias });
    const added = residual ? tf.add(y, residual) : y;
    return isRelu ? tf.relu(added) : added;
  },
};

/**
 * `EspalierAffineGrad`: x [..., C], dy [..., D], y? [..., D] (of a relu), attribute `diagonal` gives
 * d = dy where y > 0 [..., D] (dy itself without y), its column sums [D], and xᵀd [C, D] or, if
 * diagonal, Σ x∘d [C].
 */
const affineGrad: Kernel = {
  name: "EspalierAffineGrad",
  run({ inputs, attrs }: KernelCall<{ diagonal?: boolean } | undefined>) {
    const { x, dy, y } = inputs as { x: tf.Tensor; dy: tf.Tensor; y?: tf.Tensor };
    const d = y ? op("ReluGrad", [dy, y]) : op("Identity", [dy]);
    const rows = (t: tf.Tensor): tf.Tensor2D => tf.reshape(t, [pixelsOf(t), channelsOf(t)]);
    const products = attrs?.diagonal
      ? channelSums(tf.mul(x, d))
      : tf.matMul(rows(x), rows(d), true, false);
    return [d, channelSums(d), products];
  },
};

/** Espalier's kernels. */
export const unitKernels: readonly Kernel[] = [columnMoments, affine, affineGrad];
