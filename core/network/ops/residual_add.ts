import * as tf from "@tensorflow/tfjs";
import type { Activation } from "../../blueprint/blueprint.ts";
import { runCustomOp } from "./custom_op.ts";
import { activate, maskGradient } from "./rows.ts";

/** Fill the last axis of `x` with zeros up to `channels`. */
export function padChannels(x: tf.Tensor, channels: number): tf.Tensor {
  const missing = channels - x.shape[x.rank - 1]!;
  if (missing === 0) return x;
  return tf.pad(x, [...x.shape.slice(1).map((): [number, number] => [0, 0]), [0, missing]]);
}

/** The first `channels` of the last axis. */
export function firstChannels(x: tf.Tensor, channels: number): tf.Tensor {
  if (channels === x.shape[x.rank - 1]) return x;
  return tf.slice(x, x.shape.map(() => 0), [...x.shape.slice(0, -1), channels]);
}

/**
 * Sum of two features, the narrower added into the first channels of the wider, then the activation.
 *
 * @param inputs [..., C] and [..., D].
 * @param activation Applied to the sum.
 * @returns [..., max(C, D)].
 */
export function residualAdd(
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  activation: Activation | undefined,
): tf.Tensor {
  const widths = [a.shape[a.rank - 1]!, b.shape[b.rank - 1]!] as const;
  const widest = Math.max(...widths);
  return runCustomOp({
    forward([a, b], save) {
      const y = activate(
        tf.add(padChannels(a!, widest), padChannels(b!, widest)),
        activation,
      );
      if (activation !== undefined) save([y]);
      return y;
    },
    backward(dy, [y]) {
      const d = maskGradient(dy, y ?? dy, activation);
      return widths.map((channels) => firstChannels(d, channels));
    },
  }, [a, b]);
}
