/**
 * Norms for the executor. Once its moments are known, a norm is a linear map of channels, and so is
 * its backward pass. See ops/tensor_norms.ts for the algebra.
 *
 * @module
 */
import {
  type HostCandidate,
  type HostMap,
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

/** Channels that are mixed: those of a layer, or a slice of it. */
export interface MixedPart {
  /** Where they stand in the layer; absent: they are all of it. */
  readonly place?: readonly number[] | undefined;
  /** Their number. */
  readonly channels: number;
  /** Constant of their norms; undefined: they have none. */
  readonly epsilon: number | undefined;
  /** What is mixed; one candidate of weight 1 where nothing is decided. */
  readonly candidates: readonly HostCandidate[];
}

/** M and b of all parts in the layer; channels of no part are zero. */
export function mapOfParts(parts: readonly MixedPart[], channels: number): HostMap {
  const [first] = parts;
  if (first?.place === undefined) return mixtureMap(first!.candidates, channels);
  const matrix = new Float64Array(channels * channels), bias = new Float64Array(channels);
  for (const { place, channels: own, candidates } of parts) {
    const part = mixtureMap(candidates, own);
    for (let i = 0, at = 0; i < own; i++) {
      bias[place![i]!] = part.bias[i]!;
      for (let j = 0; j < own; j++, at++) {
        matrix[place![i]! * channels + place![j]!] = part.matrix[at]!;
      }
    }
  }
  return { matrix, bias };
}

/** The rows and columns of a part. */
function partOfMap({ matrix, bias }: HostMap, { place, channels }: MixedPart): HostMap {
  if (place === undefined) return { matrix, bias };
  const wide = bias.length;
  return {
    matrix: Float64Array.from(
      { length: channels * channels },
      (_, at) => matrix[place[Math.floor(at / channels)]! * wide + place[at % channels]!]!,
    ),
    bias: Float64Array.from(place, (c) => bias[c]!),
  };
}

/**
 * A mixture of candidates of o + `bias`, normed where they have norms.
 *
 * @param moments Those of o; not read where no part has a norm.
 * @param options The parts, and the channels and the bias of the layer.
 * @returns The pass; its gradients are those of the candidates, part by part.
 */
export function mixedNorm(
  moments: BatchMoments | undefined,
  { parts, channels, bias }: {
    readonly parts: readonly MixedPart[];
    readonly channels: number;
    readonly bias?: Float32Array | undefined;
  },
): NormPass {
  // Without a norm the mean is minus the bias, and the deviation 1.
  const mean = Float64Array.from({ length: channels }, (_, c) => -(bias?.[c] ?? 0));
  const inv = new Float64Array(channels).fill(1), isNormed = new Uint8Array(channels);
  for (const { place, channels: own, epsilon } of parts) {
    if (epsilon === undefined) continue;
    const known = hostMoments(moments!, epsilon);
    for (let i = 0; i < own; i++) {
      const c = place?.[i] ?? i;
      mean[c] = known.mean[c]!;
      inv[c] = known.inv[c]!;
      isNormed[c] = 1;
    }
  }
  const mixture = mapOfParts(parts, channels);
  return {
    map: { ...normalizedMap(mixture, { mean, inv }), diagonal: false },
    back(sums) {
      const found = mixedNormGradient(mixture, { mean, inv, ...sums });
      const ofNorms = (values: Float32Array) => values.map((value, c) => value * isNormed[c]!);
      return {
        map: {
          ...{ matrix: found.back, diagonal: false, bias: ofNorms(found.bias) },
          ...isNormed.includes(1) && { scale: ofNorms(found.scale) },
        },
        gradients: () =>
          parts.flatMap((part) => {
            const map = partOfMap(found.map, part);
            return part.candidates.map((candidate) => mixtureMapGradient(candidate, map));
          }),
      };
    },
    biasGradient: (sums) =>
      Float32Array.from(isNormed, (normed, i) => {
        let sum = 0;
        for (let j = 0; !normed && j < channels; j++) {
          sum += mixture.matrix[i * channels + j]! * sums[j]!;
        }
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
