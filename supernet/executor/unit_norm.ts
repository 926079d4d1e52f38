import { weightOwner } from "@espalier/blueprint";
import { type ChannelMask, masked } from "../channel_mask.ts";
import { type HostCandidate, inverseDeviation, normMap } from "../ops/host_algebra.ts";
import {
  type BatchMoments,
  mapOfParts,
  mixedNorm,
  type MixedPart,
  type NormPass,
  plainNorm,
} from "./norms.ts";
import type { Feature } from "./ops.ts";
import type { NamedNorm } from "./reads.ts";
import type { ExecutorPass, PassState } from "./state.ts";
import type { UnitNode } from "./unit_node.ts";
import type { UnitPart, UnitWidth } from "./unit_width.ts";

/** What stands behind the kernel of a unit in one pass. */
export interface UnitNorm extends UnitWidth {
  /** The unit. */
  readonly node: UnitNode;
  /** Output of its kernel. */
  readonly o: Feature;
  /** What is added to it first, [channels]. */
  readonly bias: Float32Array | undefined;
}

/** The norm or the mixture of a unit in one pass; undefined: it has neither. */
export function normPassOf(state: PassState, unit: UnitNorm): NormPass | undefined {
  const { parts, isMixed } = unit;
  const isNormed = parts.some(({ norms }) => norms.length > 0);
  if (!isNormed && !isMixed) return undefined;
  if (!state.pass.training) return restingNorm(state.pass, unit);
  const moments = isNormed ? batchMoments(state, unit) : undefined;
  if (isMixed) {
    return mixedNorm(moments, {
      ...unit,
      parts: parts.map((part) => mixedPart(state.pass, part)),
    });
  }
  const [norm] = parts[0]!.norms;
  return plainNorm(moments!, {
    ...learnedOf(state.pass, norm!, unit),
    epsilon: norm!.spec.epsilon,
  });
}

/** Compute and report the moments of the batch, which a bias moves and a norm takes away again. */
function batchMoments(
  { ops, pass }: PassState,
  { o, node, parts, bias, isMixed, ...unit }: UnitNorm,
): BatchMoments {
  const { ranks } = pass, own = ops.moments(o);
  const moments: BatchMoments = ranks?.moments(`${weightOwner(node)}/norm`, own) ?? own;
  const count = countOf(o, ranks?.share), mask = isMixed ? undefined : unit.mask;
  const mean = bias ? moments.mean.map((value, c) => value + bias[c]!) : moments.mean;
  for (const { norms, place } of parts) {
    const at = (values: Float64Array) =>
      place ? Float64Array.from(place, (c) => values[c]!) : values;
    const moved = { mean: at(mean), variance: at(moments.variance) };
    for (const norm of norms) pass.onMoments(moved, { ...norm, count, mask });
  }
  return moments;
}

/** A part with what its candidates have learned. */
function mixedPart(
  pass: ExecutorPass,
  { place, channels, norms, candidates }: UnitPart,
): MixedPart {
  return {
    ...{ place, channels, epsilon: norms[0]?.spec.epsilon },
    candidates: candidates.map((candidate, k) => ({
      ...candidate,
      ...learnedOf(pass, norms[k], { channels: candidate.channels, mask: undefined }),
    })),
  };
}

/** Gamma and beta of a norm: ones and zeros of what it does not learn, zeros where no channel is. */
function learnedOf(
  { weights }: Pick<ExecutorPass, "weights">,
  norm: NamedNorm | undefined,
  { channels, mask }: { readonly channels: number; readonly mask: ChannelMask },
): Pick<HostCandidate, "gamma" | "beta"> {
  const read = (name: string) => weights(`${norm!.prefix}/${name}`).subarray(0, channels);
  const { scale = true, center = true } = norm?.spec ?? { scale: false, center: false };
  const gamma = scale ? read("gamma") : new Float32Array(channels).fill(1);
  const beta = center ? read("beta") : new Float32Array(channels);
  return { gamma: masked(gamma, mask), beta: masked(beta, mask) };
}

/** A norm that uses its moving statistics, as a map of o + bias; no backward pass follows. */
function restingNorm(pass: ExecutorPass, unit: UnitNorm): NormPass {
  const { parts, channels, bias, isMixed } = unit;
  const mask = isMixed ? undefined : unit.mask;
  const resting = (norm: NamedNorm | undefined, width: number, { place }: UnitPart) => {
    const read = (name: string) => pass.weights(`${norm!.prefix}/${name}`).subarray(0, width);
    const inv = norm
      ? inverseDeviation(read("variance"), norm.spec.epsilon)
      : new Float64Array(width).fill(1);
    const mean = (norm ? read("mean") : new Float32Array(width))
      .map((value, c) => value - (bias?.[place?.[c] ?? c] ?? 0));
    return normMap(learnedOf(pass, norm, { channels: width, mask }), { mean, inv });
  };
  const none = () => {
    throw new RangeError("there is no backward pass of inference");
  };
  const ways = { back: none, biasGradient: none };
  if (!isMixed) {
    const { scale, bias: shift } = resting(parts[0]!.norms[0], channels, parts[0]!);
    return { map: { matrix: scale, diagonal: true, bias: shift }, ...ways };
  }
  const mixed = parts.map((part): MixedPart => ({
    ...{ place: part.place, channels: part.channels, epsilon: undefined },
    candidates: part.candidates.map((candidate, k) => {
      const { scale, bias: shift } = resting(part.norms[k], candidate.channels, part);
      return { ...candidate, gamma: scale, beta: shift };
    }),
  }));
  const { matrix, bias: shift } = mapOfParts(mixed, channels);
  const single = (values: Float64Array) => Float32Array.from(values);
  return { map: { matrix: single(matrix), diagonal: false, bias: single(shift) }, ...ways };
}

/** Values of each channel in the whole batch. */
export function countOf(
  { shape: [images, height, width] }: Feature,
  share: { readonly own: number; readonly all: number } | undefined,
): number {
  return (share?.all ?? images) * height * width;
}
