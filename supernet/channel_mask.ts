import type { ChannelRule } from "@espalier/blueprint";
import * as tf from "@tensorflow/tfjs";

/**
 * Which channels of a value are there, 1 or 0 a channel. Where a narrow branch enters a concatenation
 * or a flattened image, the channels that it lacks are filled with zeros: the derived network does not
 * have them. Undefined: all are there.
 */
export type ChannelMask = Float32Array | undefined;

/** A value with its mask. */
export interface MaskedValue {
  /** Channels of its tensor. */
  readonly channels: number;
  /** Which of them are there. */
  readonly mask: ChannelMask;
}

const maskOrOnes = ({ channels, mask }: MaskedValue): Float32Array =>
  mask ?? new Float32Array(channels).fill(1);

const unlessWhole = (mask: Float32Array): ChannelMask =>
  mask.every((m) => m === 1) ? undefined : mask;

/** One behind the other, each filled up to its full width. */
function joined(values: readonly MaskedValue[], full: readonly number[]): ChannelMask {
  const mask = new Float32Array(full.reduce((a, b) => a + b, 0));
  let start = 0;
  values.forEach((value, i) => {
    mask.set(maskOrOnes(value), start);
    start += full[i]!;
  });
  return unlessWhole(mask);
}

/** Channels that are there in one of the values. */
export function unionOf(values: readonly MaskedValue[]): ChannelMask {
  const mask = new Float32Array(Math.max(...values.map(({ channels }) => channels)));
  for (const value of values) maskOrOnes(value).forEach((m, c) => mask[c] = Math.max(mask[c]!, m));
  return unlessWhole(mask);
}

/** Channels of the narrowest of some values. */
function narrowest(inputs: readonly MaskedValue[], parts: readonly number[]): number {
  return Math.min(...parts.map((part) => inputs[part]!.channels));
}

/**
 * The mask of a node's value.
 *
 * @param rule Where its channels come from.
 * @param inputs Its inputs.
 * @param full Channels of each input in the unpruned network.
 * @returns The mask.
 */
export function maskOf(
  rule: ChannelRule,
  inputs: readonly MaskedValue[],
  full: readonly number[],
): ChannelMask {
  switch (rule.kind) {
    case "makes":
      return undefined;
    case "keeps":
      return unionOf(inputs);
    case "meets":
      return inputs[rule.parts[0]!]!.mask?.slice(0, narrowest(inputs, rule.parts));
    case "spreads":
      return inputs[0]!.mask &&
        Float32Array.from(
          { length: inputs[0]!.channels * rule.times },
          (_, c) => inputs[0]!.mask![Math.floor(c / rule.times)]!,
        );
    case "joins":
      return joined(rule.parts.map((part) => inputs[part]!), rule.parts.map((part) => full[part]!));
  }
}

/** Set channels that are not there to zero, after an operation that may have moved them from it. */
export function applyMask<T extends tf.Tensor>(x: T, mask: ChannelMask): T {
  return mask === undefined ? x : tf.mul(x, tf.tensor1d(mask));
}
