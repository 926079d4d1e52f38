import type { Blueprint, NodeId } from "@espalier/core";
import type { ChannelOrders } from "./channel_orders.ts";
import { channelsKept, type Derivation, withOrigin } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";
import { channelsName, layerOf, sliceOf } from "./layer_parts.ts";
import { isMaker } from "./nodes.ts";
import { widthGroups } from "./width_groups.ts";
import { widestShapes } from "./widest.ts";

/**
 * The same network with the channels of its layers in another order. Each layer says in `origin` where
 * its channels came from, so that `inheritedWeights` permutes the weights; the network then computes
 * what it did.
 *
 * @param blueprint The network.
 * @param orders A permutation of the channels by layer or slice; one for all that keep the same channels.
 * @returns The network, with origins.
 */
export function reorderChannels(blueprint: Blueprint, orders: ChannelOrders): Blueprint {
  const derivation: Derivation = {
    originals: new Map(blueprint.nodes.map((node) => [node.id, node])),
    shapes: inferShapes(blueprint),
    widest: widestShapes(blueprint, []),
    widths: layerOrders(blueprint, orders),
    kept: new Map(),
  };
  const nodes = blueprint.nodes.map((node) => {
    const outputs = channelsKept(node, derivation);
    derivation.kept.set(node.id, outputs);
    return withOrigin(node, derivation.kept.get(node.inputs[0]!)!, outputs);
  });
  return { ...blueprint, nodes };
}

/** The order of all channels of each layer. */
function layerOrders(
  blueprint: Blueprint,
  orders: ChannelOrders,
): ReadonlyMap<NodeId, readonly number[]> {
  const widths = new Map(
    blueprint.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]),
  );
  const layers = new Map<NodeId, number[]>();
  for (const some of widthGroups(blueprint, { residual: "tie" }).flat()) {
    const id = layerOf(some), channels = widths.get(id)!, order = orders.get(channelsName(some));
    const layer = layers.get(id) ?? Array.from({ length: channels }, (_, i) => i);
    const { from } = sliceOf(some, channels);
    order?.forEach((channel, i) => layer[from + i] = from + channel);
    layers.set(id, layer);
  }
  return layers;
}
