import type { BlueprintNode, Decision, DecisionId, TrainedNetwork, Weights } from "@espalier/core";
import { channelsName, layerOf, sliceOf } from "./layer_parts.ts";
import { weightsOf } from "./ops/weights.ts";
import { widthGroups } from "./width_groups.ts";

/**
 * Channels by decreasing importance, by layer or slice (`a[4:8]`), counted from its first one. What keeps
 * the same channels has one order.
 */
export type ChannelOrders = ReadonlyMap<string, readonly number[]>;

/** L1 norm of the filter of every output channel. */
function filterNorms(node: BlueprintNode, weights: Weights): number[] {
  const { shape, values } = weights[`${node.id}/kernel`]!;
  const axis = weightsOf(node).find(({ name }) => name === "kernel")!.axes.indexOf("out");
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const norms = new Array<number>(shape[axis]!).fill(0);
  values.forEach((value, i) => norms[Math.floor(i / stride) % norms.length]! += Math.abs(value));
  return norms;
}

/**
 * The channels of every layer by decreasing L1 norm of their filters, summed over the layers that keep
 * the same channels; ties go to the first. Layers whose widths stay have no order.
 *
 * Source: Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), section 3.1.
 *
 * @param network A trained network.
 * @returns Channel numbers by layer or slice.
 */
export function channelOrders({ blueprint, weights }: TrainedNetwork): ChannelOrders {
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  return new Map(
    widthGroups(blueprint, { residual: "tie" }).flatMap((group) => {
      const owners = group.filter((some) =>
        nodes.get(layerOf(some))!.sharesWeightsOf === undefined
      );
      const norms = owners.map((some) => {
        const all = filterNorms(nodes.get(layerOf(some))!, weights);
        const { from, count } = sliceOf(some, all.length);
        return all.slice(from, from + count);
      });
      const sums = norms[0]!.map((_, channel) => norms.reduce((sum, n) => sum + n[channel]!, 0));
      const order = [...sums.keys()].sort((a, b) => sums[b]! - sums[a]! || a - b);
      return group.map((some) => [channelsName(some), order] as const);
    }),
  );
}

/**
 * The order of each decision's channels.
 *
 * @param decisions What there is to decide.
 * @param orders Of the layers.
 * @returns Channel numbers by decision; none of depths, and of widths about which nothing is known.
 */
export function rankingOf(
  decisions: readonly Decision[],
  orders: ChannelOrders,
): Readonly<Record<DecisionId, readonly number[]>> {
  return Object.fromEntries(
    decisions.flatMap(({ id, effect }) => {
      const order = effect.kind === "channels"
        ? orders.get(channelsName(effect.nodes[0]!))
        : undefined;
      return order === undefined ? [] : [[id, order]];
    }),
  );
}
