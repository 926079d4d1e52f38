import type { ConvNode, DepthwiseConvNode, HostTensor, Weights } from "@espalier/core";

/** Reorder the axes of a tensor. */
function transpose({ shape, values }: HostTensor, axes: readonly number[]): HostTensor {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const to = axes.map((axis) => shape[axis]!);
  const at = to.map(() => 0);
  const moved = values.map(() => {
    const from = axes.reduce((sum, axis, i) => sum + at[i]! * steps[axis]!, 0);
    for (let i = at.length - 1; i >= 0 && ++at[i]! === to[i]; i--) at[i] = 0;
    return values[from]!;
  });
  return { shape: to, values: moved };
}

/** What {@linkcode unitWeights} gives. */
export interface UnitWeights {
  /** [out, in, rows, columns]; of a depthwise convolution [channels, 1, rows, columns]. */
  readonly kernel: HostTensor;
  /** One value a channel; absent without bias and norm. */
  readonly bias?: HostTensor;
}

/**
 * Kernel and bias of a convolution into which its norm is folded: with s = γ / √(variance + ε), the
 * kernel is s · kernel and the bias β + s · (bias − mean). Computed in double precision.
 *
 * @param node The convolution.
 * @param weights Weights of the network.
 * @returns Both as ONNX lays them out.
 */
export function unitWeights(
  { id, op, bias: hasBias, norm }: ConvNode | DepthwiseConvNode,
  weights: Weights,
): UnitWeights {
  const { shape, values } = weights[`${id}/kernel`]!;
  const axes = op === "conv" ? [3, 2, 0, 1] : [2, 3, 0, 1];
  const bias = hasBias ? weights[`${id}/bias`]! : undefined;
  if (norm === undefined) {
    return { kernel: transpose({ shape, values }, axes), ...bias && { bias } };
  }
  const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map((part) =>
    weights[`${id}/norm/${part}`]!
  ) as [HostTensor, HostTensor, HostTensor, HostTensor];
  const scale = Array.from(
    gamma.values,
    (g, c) => g / Math.sqrt(variance.values[c]! + norm.epsilon),
  );
  // The channels come last, or before an axis of one.
  const scaled = values.map((value, i) => value * scale[i % scale.length]!);
  return {
    kernel: transpose({ shape, values: scaled }, axes),
    bias: {
      shape: beta.shape,
      values: beta.values.map((b, c) => b + scale[c]! * ((bias?.values[c] ?? 0) - mean.values[c]!)),
    },
  };
}

/**
 * The rows of a dense kernel in another order.
 *
 * @param kernel [features, channels].
 * @param order Row `i` of the result is row `order[i]`.
 * @returns The kernel.
 */
export function orderRows({ shape, values }: HostTensor, order: readonly number[]): HostTensor {
  const channels = shape[1]!;
  const rows = order.map((row) => values.subarray(row * channels, (row + 1) * channels));
  const ordered = new Float32Array(values.length);
  rows.forEach((row, i) => ordered.set(row, i * channels));
  return { shape, values: ordered };
}
