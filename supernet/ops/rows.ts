import type { Extent } from "@espalier/blueprint";
import * as tf from "@tensorflow/tfjs";

/** Activations whose gradient follows from their value, which custom gradients use. */
export type FusedActivation = "relu" | "relu6";

/** View [..., C] as [N, C]. */
export function asRows(x: tf.Tensor): tf.Tensor2D {
  const channels = x.shape[x.rank - 1]!;
  return x.reshape([x.size / channels, channels]);
}

/** Sums over the rows of [N, C], as a product, which is fast on every engine at any width. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.matMul(tf.ones([1, x.shape[0]]), x).reshape([x.shape[1]]) as tf.Tensor1D;
}

/** Gradient of an activation from its value: dy where the function is not flat, else 0. */
export function maskGradient(
  dy: tf.Tensor,
  y: tf.Tensor,
  activation: FusedActivation | undefined,
): tf.Tensor {
  if (activation === undefined) return dy;
  const open = tf.mul(dy, tf.step(y));
  return activation === "relu" ? open : tf.mul(open, tf.step(tf.sub(6, y)));
}

/** Apply an activation, if any. */
export function activate<T extends tf.Tensor>(x: T, activation: FusedActivation | undefined): T {
  if (activation === undefined) return x;
  return activation === "relu" ? tf.relu(x) : tf.relu6(x);
}

/** Pad the last axis of `x` with zeros up to `channels`. */
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
 * A value at its full width, zeros for what it lacks: the channels that it has in the unpruned network,
 * then those that a wider one has more, if any.
 */
export function partsOf(x: tf.Tensor, { unpruned, widest }: Extent): tf.Tensor[] {
  const own = x.shape[x.rank - 1]!, more = widest - unpruned;
  const first = padChannels(firstChannels(x, Math.min(own, unpruned)), unpruned);
  if (more === 0) return [first];
  const place = x.shape.slice(0, -1);
  if (own <= unpruned) return [first, tf.zeros([...place, more])];
  const behind = tf.slice(x, [...place.map(() => 0), unpruned], [...place, own - unpruned]);
  return [first, padChannels(behind, more)];
}

/** Values that stand one behind the other as {@linkcode joinFeatures} puts them, each so wide. */
export function splitFeatures(
  x: tf.Tensor,
  { extents, widths }: { readonly extents: readonly Extent[]; readonly widths: readonly number[] },
): tf.Tensor[] {
  const place = x.shape.slice(0, -1);
  const cut = (from: number, count: number) =>
    tf.slice(x, [...place.map(() => 0), from], [...place, count]);
  let first = 0, behind = extents.reduce((total, { unpruned }) => total + unpruned, 0);
  return extents.map(({ unpruned, widest }, i) => {
    const width = widths[i]!;
    const own = cut(first, Math.min(width, unpruned));
    const all = width > unpruned ? tf.concat([own, cut(behind, width - unpruned)], -1) : own;
    first += unpruned;
    behind += widest - unpruned;
    return all;
  });
}

/** Values one behind the other: the first parts of all, then the second ones. */
export function joinFeatures(values: readonly (readonly tf.Tensor[])[]): tf.Tensor {
  const parts = [0, 1].flatMap((k) => values.flatMap((each) => each.slice(k, k + 1)));
  return tf.concat(parts, -1);
}
