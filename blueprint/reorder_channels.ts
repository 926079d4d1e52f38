import type { Blueprint } from "@espalier/core";
import type { ChannelOrders } from "./channel_orders.ts";
import { channelsKept, type Derivation, withOrigin } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";
import { widestShapes } from "./widest.ts";

/**
 * The same network with the channels of its layers in another order. Each layer says in `origin` where
 * its channels came from, so that `inheritedWeights` permutes the weights; the network then computes
 * what it did.
 *
 * @param blueprint The network.
 * @param orders A permutation of the channels by layer; one for all layers that keep the same channels.
 * @returns The network, with origins.
 */
export function reorderChannels(blueprint: Blueprint, orders: ChannelOrders): Blueprint {
  const derivation: Derivation = {
    originals: new Map(blueprint.nodes.map((node) => [node.id, node])),
    shapes: inferShapes(blueprint),
    widest: widestShapes(blueprint, []),
    widths: orders,
    kept: new Map(),
  };
  const nodes = blueprint.nodes.map((node) => {
    const outputs = channelsKept(node, derivation);
    derivation.kept.set(node.id, outputs);
    return withOrigin(node, derivation.kept.get(node.inputs[0]!)!, outputs);
  });
  return { ...blueprint, nodes };
}
