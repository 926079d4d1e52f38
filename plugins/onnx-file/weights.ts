import type {
  ConvNode,
  DepthwiseConvNode,
  HostTensor,
  NodeId,
  NormSpec,
  TransposedConvNode,
  Weights,
} from "@espalier/core";

/** Reorder the axes of a tensor. */
export function transpose({ shape, values }: HostTensor, axes: readonly number[]): HostTensor {
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

/** The arrays of a norm, of ones or zeros for what it does not learn. */
export interface NormArrays {
  /** Factor. */
  readonly gamma: HostTensor;
  /** Offset. */
  readonly beta: HostTensor;
  /** Moving average of the mean. */
  readonly mean: HostTensor;
  /** Moving average of the variance. */
  readonly variance: HostTensor;
}

/** The arrays of a node's norm. */
export function normArrays(
  { id, norm: { scale = true, center = true } }: {
    readonly id: NodeId;
    readonly norm: NormSpec;
  },
  weights: Weights,
): NormArrays {
  const own = (part: string) => weights[`${id}/norm/${part}`]!;
  const mean = own("mean"), variance = own("variance");
  const all = (value: number) => ({ ...mean, values: mean.values.map(() => value) });
  return {
    gamma: scale ? own("gamma") : all(1),
    beta: center ? own("beta") : all(0),
    mean,
    variance,
  };
}

type ConvolutionNode = ConvNode | DepthwiseConvNode | TransposedConvNode;

/** What {@linkcode unitWeights} gives. */
export interface UnitWeights {
  /**
   * [out, in, rows, columns]; of a depthwise convolution [out, 1, rows, columns], of a transposed one
   * [in, out, rows, columns].
   */
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
export function unitWeights(node: ConvolutionNode, weights: Weights): UnitWeights {
  const { id, op, norm } = node;
  const given = weights[`${id}/kernel`]!;
  const [rows, columns, ...rest] = given.shape as [number, number, number, number];
  // What leaves a depthwise convolution is numbered by what enters, then by the multiplier.
  const shape = op === "depthwise-conv" ? [rows, columns, 1, rest[0] * rest[1]] : given.shape;
  const turned = (values: Float32Array) => transpose({ shape, values }, [3, 2, 0, 1]);
  const bias = node.bias ? weights[`${id}/bias`]! : undefined;
  if (norm === undefined) return { kernel: turned(given.values), ...bias && { bias } };
  const { gamma, beta, mean, variance } = normArrays({ id, norm }, weights);
  const scale = Array.from(
    gamma.values,
    (g, c) => g / Math.sqrt(variance.values[c]! + norm.epsilon),
  );
  const stride = op === "transposed-conv" ? shape[3]! : 1;
  return {
    kernel: turned(
      given.values.map((value, i) => value * scale[Math.floor(i / stride) % scale.length]!),
    ),
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
