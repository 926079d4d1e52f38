import { weightOwner } from "@espalier/blueprint";
import type { NormSpec } from "@espalier/core";
import type { ChannelMask } from "../channel_mask.ts";
import { type HostCandidate, inverseDeviation, mixtureMap, normMap } from "../ops/host_algebra.ts";
import {
  type BatchMoments,
  type ChannelMap,
  mixedBias,
  mixedNorm,
  type NormPass,
  plainNorm,
} from "./norms.ts";
import type { Feature } from "./ops.ts";
import type { ExecutorPass, PassState } from "./state.ts";
import type { UnitNode } from "./unit_node.ts";

/** What stands behind the kernel of a unit in one pass. */
export interface UnitNorm {
  /** The unit. */
  readonly node: UnitNode;
  /** Output of its kernel. */
  readonly o: Feature;
  /** What is added to it first, [channels]. */
  readonly bias: Float32Array | undefined;
  /** Channels of the kernel. */
  readonly channels: number;
  /** Which of them are there. */
  readonly mask: ChannelMask;
  /** The norms, one a candidate. */
  readonly norms: readonly { readonly prefix: string; readonly spec: NormSpec }[];
  /** The candidates of a searched width. */
  readonly mixture?: { readonly candidates: readonly HostCandidate[] } | undefined;
}

/** The norm or the mixture of a unit in one pass; undefined: it has neither. */
export function normPassOf(state: PassState, unit: UnitNorm): NormPass | undefined {
  const { norms, mixture, channels, bias = new Float32Array(channels) } = unit;
  if (norms.length === 0) return mixture && mixedBias(mixture.candidates, bias);
  return state.pass.training
    ? batchNorm(state, { ...unit, bias })
    : restingNorm(state.pass, { ...unit, bias });
}

type Biased = UnitNorm & { readonly bias: Float32Array };

/** Compute and report the moments of the batch, which a bias moves and a norm takes away again. */
function batchNorm({ ops, pass }: PassState, unit: Biased): NormPass {
  const { o, node, norms, bias, mask, mixture, channels } = unit;
  const { ranks } = pass, { epsilon } = norms[0]!.spec;
  const own = ops.moments(o);
  const moments: BatchMoments = ranks?.moments(`${weightOwner(node)}/norm`, own) ?? own;
  const count = countOf(o, ranks?.share);
  const moved = { ...moments, mean: moments.mean.map((mean, c) => mean + bias[c]!) };
  for (const { prefix, spec } of norms) pass.onMoments(moved, { prefix, spec, count, mask });
  if (mixture) return mixedNorm(moments, { candidates: mixture.candidates, channels, epsilon });
  return plainNorm(moments, { ...learnedOf(pass, norms[0]!, { channels, mask }), epsilon });
}

/** Gamma and beta of a norm: ones and zeros of what it does not learn, zeros where no channel is. */
export function learnedOf(
  { weights }: Pick<ExecutorPass, "weights">,
  { prefix, spec: { scale = true, center = true } }: UnitNorm["norms"][number],
  { channels, mask }: Pick<UnitNorm, "channels" | "mask">,
): Pick<HostCandidate, "gamma" | "beta"> {
  const read = (name: string) => weights(`${prefix}/${name}`).subarray(0, channels);
  const gamma = scale ? read("gamma") : new Float32Array(channels).fill(1);
  const beta = center ? read("beta") : new Float32Array(channels);
  const masked = (values: Float32Array) =>
    mask ? values.map((value, c) => value * mask[c]!) : values;
  return { gamma: masked(gamma), beta: masked(beta) };
}

/** A norm that uses its moving statistics; no backward pass follows. */
function restingNorm(
  pass: ExecutorPass,
  { norms, mixture, channels, bias, mask }: Biased,
): NormPass {
  const maps = norms.map(({ prefix, spec }, k) => {
    const width = mixture?.candidates[k]?.channels ?? channels;
    const read = (name: string) => pass.weights(`${prefix}/${name}`).subarray(0, width);
    const inv = inverseDeviation(read("variance"), spec.epsilon);
    const mean = read("mean").map((value, c) => value - bias[c]!);
    return normMap(learnedOf(pass, { prefix, spec }, { channels: width, mask }), { mean, inv });
  });
  const none = () => {
    throw new RangeError("there is no backward pass of inference");
  };
  const asPass = (map: ChannelMap): NormPass => ({ map, back: none, biasGradient: none });
  if (mixture === undefined) {
    return asPass({ matrix: maps[0]!.scale, diagonal: true, bias: maps[0]!.bias });
  }
  const candidates = mixture.candidates.map((candidate, k) => ({
    ...candidate,
    gamma: maps[k]!.scale,
    beta: maps[k]!.bias,
  }));
  const { matrix, bias: shift } = mixtureMap(candidates, channels);
  return asPass({
    matrix: Float32Array.from(matrix),
    diagonal: false,
    bias: Float32Array.from(shift),
  });
}

/** Values of each channel in the whole batch. */
export function countOf(
  { shape: [images, height, width] }: Feature,
  share: { readonly own: number; readonly all: number } | undefined,
): number {
  return (share?.all ?? images) * height * width;
}
