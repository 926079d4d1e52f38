import { layerOf, sliceOf, weightsOf, widthGroups } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, LayerChannels } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/** Added under the root, whose slope is infinite at 0. */
const EPSILON = 1e-12;

/** Filters of one layer, by channel: the sum of their squares, and how many numbers one has. */
interface Filters {
  readonly squares: Tensor;
  readonly channels: number;
  readonly size: number;
}

function filtersOf(
  some: LayerChannels,
  { node, kernel }: { readonly node: BlueprintNode; readonly kernel: Tensor },
): Filters {
  const { axes } = weightsOf(node).find(({ name }) => name === "kernel")!;
  const out = axes.indexOf("out"), channels = kernel.shape[out]!;
  const { from, count } = sliceOf(some, channels);
  const others = axes.flatMap((_, axis) => axis === out ? [] : [axis]);
  const squares = kernel.square().sum(others).slice([from], [count]);
  return { squares, channels: count, size: kernel.size / channels };
}

/**
 * √n · ‖w‖₂, summed over the channels of all layers whose width may change. w are the n weights of all
 * filters that make one channel: those of layers that meet in residual sums count together, so that a
 * whole channel can vanish.
 *
 * Sources: Yuan and Lin, "Model selection and estimation in regression with grouped variables" (2006),
 * eq. 2.1, K = n·I; Wen, Wu, Wang, Chen, Li, "Learning Structured Sparsity in Deep Neural Networks"
 * (NIPS 2016), eq. 2, filter-wise.
 *
 * @param parameters Arrays by name; kernels are called `<node>/kernel`.
 * @param blueprint The network.
 * @returns The sum; 0 where no width may change.
 */
export function filterLasso(
  parameters: ReadonlyMap<string, Tensor>,
  blueprint: Blueprint,
): Scalar {
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  return tf.tidy(() => {
    let sum = tf.scalar(0);
    for (const group of widthGroups(blueprint, { residual: "tie" })) {
      const filters = group.flatMap((some) => {
        const node = nodes.get(layerOf(some))!, kernel = parameters.get(`${node.id}/kernel`);
        return kernel === undefined ? [] : [filtersOf(some, { node, kernel })];
      });
      // In a supernet one of them may be wider than the others.
      for (const alike of Map.groupBy(filters, ({ channels }) => channels).values()) {
        const squares = tf.addN(alike.map(({ squares }) => squares));
        const size = alike.reduce((total, { size }) => total + size, 0);
        sum = sum.add(squares.add(EPSILON).sqrt().sum().mul(Math.sqrt(size)));
      }
    }
    return sum;
  });
}
