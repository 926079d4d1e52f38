/**
 * The norms of ops/tensor_norms.ts with their C×C algebra on the host (host_algebra.ts): only passes over the
 * data are tensor operations.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { runCustomOp } from "./custom_op.ts";
import {
  type HostCandidate,
  type HostMap,
  inverseDeviation,
  mixedNormGradient,
  mixtureMap,
  mixtureMapGradient,
  normalizedMap,
  normMap,
  normMapGradient,
} from "./host_algebra.ts";
import { affine, affineGradient, columnMoments } from "./kernels.ts";
import type { NormOptions } from "./tensor_norms.ts";

const read = (x: tf.Tensor): Float32Array => x.dataSync<"float32">();

/** `batchNorm` with its algebra on the host. */
export function hostBatchNorm(
  o: tf.Tensor,
  { gamma, beta, epsilon, activation, batch, onMoments }: NormOptions & {
    readonly gamma: tf.Tensor1D;
    readonly beta: tf.Tensor1D;
  },
): tf.Tensor {
  const channels = gamma.size, count = batch.rows(o.size / channels);
  let mean: Float32Array = new Float32Array();
  let inv: Float64Array = new Float64Array();
  let scale: Float32Array = new Float32Array();
  return runCustomOp({
    forward([o, gamma, beta], save) {
      const moments = batch.moments(columnMoments(o!));
      onMoments(moments, count);
      mean = read(moments.mean);
      inv = inverseDeviation(read(moments.variance), epsilon);
      const map = normMap({ gamma: read(gamma!), beta: read(beta!) }, { mean, inv });
      scale = map.scale;
      const y = affine(o!, { matrix: tf.tensor1d(scale), bias: tf.tensor1d(map.bias), activation });
      save(activation === undefined ? [o!] : [o!, y]);
      return y;
    },
    backward(dy, [o, y]) {
      const { d, bias, matrix } = batch.gradient(
        affineGradient({ x: o!, dy, y, activation, diagonal: true }),
      );
      const sums = { product: read(matrix), sums: read(bias), count };
      const maps = normMapGradient(scale, { mean, inv, ...sums });
      const dO = affine(d, {
        matrix: tf.tensor1d(scale),
        bias: tf.tensor1d(maps.bias),
        residual: o!,
        scale: tf.tensor1d(maps.scale),
      });
      return [dO, tf.tensor1d(maps.gamma), bias];
    },
  }, [o, gamma, beta]);
}

/** Candidates of a mixture, weights and norms as tensors, aggregation on the host. */
export interface HostMixture {
  /** [K]. */
  readonly weights: tf.Tensor1D;
  /** γ of each, [c_k]. */
  readonly gammas: readonly tf.Tensor[];
  /** β of each, [c_k]. */
  readonly betas: readonly tf.Tensor[];
  /** A of each, [c_k · C], C the widest. */
  readonly matrices: readonly Float32Array[];
}

/**
 * The mixture of normed candidates and its activation, y = n·M + b, with batch statistics.
 *
 * @param o [..., C].
 * @param options The candidates, and what a norm needs.
 * @returns [..., C].
 */
export function hostMixedNorm(
  o: tf.Tensor,
  { weights, gammas, betas, matrices, epsilon, activation, batch, onMoments }:
    & NormOptions
    & HostMixture,
): tf.Tensor {
  const channels = o.shape[o.rank - 1]!, count = batch.rows(o.size / channels);
  const arity = gammas.length;
  let candidates: HostCandidate[] = [];
  let map: HostMap = { matrix: new Float64Array(), bias: new Float64Array() };
  let mean: Float32Array = new Float32Array();
  let inv: Float64Array = new Float64Array();
  return runCustomOp({
    forward([o, weights, ...norms], save) {
      const moments = batch.moments(columnMoments(o!));
      onMoments(moments, count);
      mean = read(moments.mean);
      inv = inverseDeviation(read(moments.variance), epsilon);
      const each = read(weights!);
      candidates = matrices.map((matrix, k) => ({
        channels: norms[k]!.size,
        matrix,
        gamma: read(norms[k]!),
        beta: read(norms[arity + k]!),
        weight: each[k]!,
      }));
      map = mixtureMap(candidates, channels);
      const { matrix, bias } = normalizedMap(map, { mean, inv });
      const y = affine(o!, {
        matrix: tf.tensor2d(matrix, [channels, channels]),
        bias: tf.tensor1d(bias),
        activation,
      });
      save(activation === undefined ? [o!] : [o!, y]);
      return y;
    },
    backward(dy, [o, y]) {
      const { d, bias, matrix } = batch.gradient(
        affineGradient({ x: o!, dy, y, activation, diagonal: false }),
      );
      const maps = mixedNormGradient(map, {
        mean,
        inv,
        product: read(matrix),
        sums: read(bias),
        count,
      });
      const gradients = candidates.map((candidate) => mixtureMapGradient(candidate, maps.map));
      const dO = affine(d, {
        matrix: tf.tensor2d(maps.back, [channels, channels]),
        bias: tf.tensor1d(maps.bias),
        residual: o!,
        scale: tf.tensor1d(maps.scale),
      });
      return [
        dO,
        tf.tensor1d(gradients.map(({ weight }) => weight)),
        ...gradients.map(({ gamma }) => tf.tensor1d(gamma)),
        ...gradients.map(({ beta }) => tf.tensor1d(beta)),
      ];
    },
  }, [o, weights, ...gammas, ...betas]);
}
