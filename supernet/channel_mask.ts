import type { ChannelRule, Extent } from "@espalier/blueprint";
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

/** One behind the other, each filled up to its full width, as `joinFeatures` puts them. */
function joined(values: readonly MaskedValue[], extents: readonly Extent[]): ChannelMask {
  const total = (key: keyof Extent) => extents.reduce((sum, extent) => sum + extent[key], 0);
  const mask = new Float32Array(total("widest"));
  let first = 0, behind = total("unpruned");
  values.forEach((value, i) => {
    const own = maskOrOnes(value), { unpruned, widest } = extents[i]!;
    mask.set(own.subarray(0, unpruned), first);
    mask.set(own.subarray(unpruned), behind);
    first += unpruned;
    behind += widest - unpruned;
  });
  return unlessWhole(mask);
}

/** The mask of a layer that is mixed part by part, each as wide as in this pass. */
export function maskOfParts(widths: readonly number[], extents: readonly Extent[]): ChannelMask {
  return joined(widths.map((channels) => ({ channels, mask: undefined })), extents);
}

/** Channels that are there in one of the values. */
function unionOf(values: readonly MaskedValue[]): ChannelMask {
  const mask = new Float32Array(Math.max(...values.map(({ channels }) => channels)));
  for (const value of values) maskOrOnes(value).forEach((m, c) => mask[c] = Math.max(mask[c]!, m));
  return unlessWhole(mask);
}

/** Channels of what leaves a stage. Aligning unequal widths mixes channels, so that all are there. */
export function maskOfExits(outputs: readonly MaskedValue[]): ChannelMask {
  const isAligned = outputs.some(({ channels }) => channels !== outputs[0]!.channels);
  return isAligned ? undefined : unionOf(outputs);
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
 * @param extents Full channels of its inputs; of values that it joins, those of each part.
 * @returns The mask.
 */
export function maskOf(
  rule: ChannelRule,
  inputs: readonly MaskedValue[],
  extents: readonly Extent[],
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
      return joined(rule.parts.map((part) => inputs[part]!), extents);
  }
}

/** Numbers of channels, zero where a channel is not there. */
export const masked = (values: Float32Array, mask: ChannelMask): Float32Array =>
  mask ? values.map((value, c) => value * mask[c]!) : values;

/** Set channels that are not there to zero, after an operation that may have moved them from it. */
export function applyMask<T extends tf.Tensor>(x: T, mask: ChannelMask): T {
  return mask === undefined ? x : tf.mul(x, tf.tensor1d(mask));
}
