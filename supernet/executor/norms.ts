/**
 * Norms for the executor. Once its moments are known, a norm is a linear map of channels, and so is
 * its backward pass. See ops/tensor_norms.ts for the algebra.
 *
 * @module
 */
import {
  type HostCandidate,
  type HostMoments,
  type HostSums,
  inverseDeviation,
  mixedNormGradient,
  mixtureMap,
  mixtureMapGradient,
  normalizedMap,
  normMap,
  normMapGradient,
} from "../ops/host_algebra.ts";
import type { RowMap } from "./ops.ts";

/** Moments of the whole batch. */
export interface BatchMoments {
  /** [C]. */
  readonly mean: Float64Array;
  /** Biased, [C]. */
  readonly variance: Float64Array;
}

/** A map of channels. */
export type ChannelMap = Pick<RowMap, "matrix" | "diagonal" | "bias">;

/** The backward pass: do = d·matrix + o∘scale + bias; without a scale it does not read o. */
export type BackMap = ChannelMap & Pick<RowMap, "scale">;

/** Gradients of one candidate, on the host. */
export interface CandidateGradients {
  /** [c]. */
  readonly gamma: Float32Array;
  /** [c]. */
  readonly beta: Float32Array;
  /** Of its weight. */
  readonly weight: number;
}

/** A norm between its forward and its backward pass. */
export interface NormPass {
  /** y = o·matrix + bias. */
  readonly map: ChannelMap;
  /** The backward pass, and the gradients of each candidate; a plain norm has one. */
  back(sums: HostSums): { readonly map: BackMap; gradients(): readonly CandidateGradients[] };
  /** Gradient of the bias in front of it, [C], of the sums of d over the images of this rank. */
  biasGradient(sums: ArrayLike<number>): Float32Array;
}

/** Moments with inverse deviations in place of the variances. */
function hostMoments({ mean, variance }: BatchMoments, epsilon: number): HostMoments {
  return { mean, inv: inverseDeviation(variance, epsilon) };
}

/** A plain norm. */
export function plainNorm(
  moments: BatchMoments,
  { gamma, beta, epsilon }: Pick<HostCandidate, "gamma" | "beta"> & { readonly epsilon: number },
): NormPass {
  const known = hostMoments(moments, epsilon);
  const { scale, bias } = normMap({ gamma, beta }, known);
  return {
    map: { matrix: scale, diagonal: true, bias },
    back(sums) {
      const back = normMapGradient(scale, { ...known, ...sums });
      const dBeta = Float32Array.from(sums.sums);
      return {
        map: { matrix: scale, diagonal: true, bias: back.bias, scale: back.scale },
        gradients: () => [{ gamma: back.gamma, beta: dBeta, weight: 0 }],
      };
    },
    biasGradient: () => new Float32Array(scale.length),
  };
}

/** A mixture of norms, C channels wide. */
export function mixedNorm(
  moments: BatchMoments,
  { candidates, channels, epsilon }: {
    readonly candidates: readonly HostCandidate[];
    readonly channels: number;
    readonly epsilon: number;
  },
): NormPass {
  const known = hostMoments(moments, epsilon);
  const mixture = mixtureMap(candidates, channels);
  return {
    map: { ...normalizedMap(mixture, known), diagonal: false },
    back(sums) {
      const { map, back, scale, bias } = mixedNormGradient(mixture, { ...known, ...sums });
      return {
        map: { matrix: back, diagonal: false, bias, scale },
        gradients: () => candidates.map((candidate) => mixtureMapGradient(candidate, map)),
      };
    },
    biasGradient: () => new Float32Array(channels),
  };
}

/** A mixture of candidates without norms, C channels wide, of o + `bias`. */
export function mixedBias(
  candidates: readonly HostCandidate[],
  bias: Float32Array,
): NormPass {
  const channels = bias.length;
  const { matrix } = mixtureMap(candidates, channels);
  const turned = new Float32Array(matrix.length), shift = new Float64Array(channels);
  for (let i = 0, at = 0; i < channels; i++) {
    for (let j = 0; j < channels; j++, at++) {
      turned[j * channels + i] = matrix[at]!;
      shift[j]! += bias[i]! * matrix[at]!;
    }
  }
  const map = {
    matrix: Float32Array.from(matrix),
    diagonal: false,
    bias: Float32Array.from(shift),
  };
  return {
    map,
    back({ product, sums }) {
      const dMatrix = Float64Array.from(
        product,
        (entry, at) => entry + bias[Math.floor(at / channels)]! * sums[at % channels]!,
      );
      const ofMap = { matrix: dMatrix, bias: new Float64Array(channels) };
      return {
        map: { matrix: turned, diagonal: false, bias: new Float32Array(channels) },
        gradients: () => candidates.map((candidate) => mixtureMapGradient(candidate, ofMap)),
      };
    },
    biasGradient: (sums) =>
      bias.map((_, i) => {
        let sum = 0;
        for (let j = 0; j < channels; j++) sum += matrix[i * channels + j]! * sums[j]!;
        return sum;
      }),
  };
}

/** A full map whose output is padded with zero channels up to `channels`. */
export function widenMap(map: ChannelMap, channels: number): ChannelMap {
  const width = map.bias.length;
  if (width === channels) return map;
  const rows = map.matrix.length / width;
  const matrix = new Float32Array(rows * channels), bias = new Float32Array(channels);
  bias.set(map.bias);
  for (let i = 0; i < rows; i++) {
    matrix.set(map.matrix.subarray(i * width, (i + 1) * width), i * channels);
  }
  return { ...map, matrix, bias };
}

/** The sums of a map, from the sums of the map that `widenMap` made of it. */
export function narrowSums(
  { matrix, bias }: { readonly matrix: Float64Array; readonly bias: Float64Array },
  channels: number,
): { readonly matrix: Float64Array; readonly bias: Float64Array } {
  const wide = bias.length;
  if (wide === channels) return { matrix, bias };
  const narrow = new Float64Array(matrix.length / wide * channels);
  for (let i = 0; i * channels < narrow.length; i++) {
    narrow.set(matrix.subarray(i * wide, i * wide + channels), i * channels);
  }
  return { matrix: narrow, bias: bias.slice(0, channels) };
}
