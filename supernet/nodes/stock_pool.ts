import type { Padding, PoolNode, Shape } from "@espalier/core";

/** A pool in stock layers: zeros around the image, then a pool with the padding of a name. */
export interface StockPool {
  /** Zeros to put around the image first. */
  readonly zeros: Padding;
  /** Padding of the pool layer. */
  readonly padding: "valid" | "same";
}

/** What {@linkcode stockPool} takes besides the node. */
export interface StockPoolOptions {
  /** What enters the pool. */
  readonly input: Shape;
  /** What leaves it. */
  readonly output: Shape;
  /** Whether nothing below zero enters it. */
  readonly nonNegative: boolean;
}

interface Axis {
  readonly before: number;
  readonly after: number;
}

/** Padding along one axis, without the part that no window reaches. */
function reached(length: number, axis: Axis & { span: number }): Axis {
  const { before, span } = axis;
  return { before, after: Math.max(0, span - length - before) };
}

/** The padding that "same" gives along one axis, if the number of windows is the same. */
export function same(
  length: number,
  axis: { steps: number; stride: number; span: number },
): Axis | null {
  const total = Math.max(0, axis.span - length);
  const before = Math.floor(total / 2);
  return Math.ceil(length / axis.stride) === axis.steps ? { before, after: total - before } : null;
}

/**
 * Express a pool so that padding enters neither a maximum nor the count of an average.
 *
 * @returns The layers, or undefined if stock layers cannot do it exactly.
 */
export function stockPool(node: PoolNode, options: StockPoolOptions): StockPool | undefined {
  const { input, output, nonNegative } = options;
  const [top, bottom, left, right] = node.padding;
  const axes = [
    { length: input.height, steps: output.height, before: top, after: bottom },
    { length: input.width, steps: output.width, before: left, after: right },
  ].map(({ length, steps, ...pads }, i) => {
    const stride = node.strides[i]!;
    const span = (steps - 1) * stride + node.size[i]!;
    return {
      wanted: reached(length, { ...pads, span }),
      same: same(length, { steps, stride, span }),
    };
  });
  const zeros = axes.flatMap(({ wanted }) => [wanted.before, wanted.after]) as unknown as Padding;
  const none: Padding = [0, 0, 0, 0];
  if (zeros.every((count) => count === 0)) return { zeros: none, padding: "valid" };
  const isSame = axes.every(({ wanted, same }) =>
    wanted.before === same?.before && wanted.after === same.after
  );
  if (isSame) return { zeros: none, padding: "same" };
  return node.pool === "max" && nonNegative ? { zeros, padding: "valid" } : undefined;
}
