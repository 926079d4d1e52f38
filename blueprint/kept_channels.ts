import type { Blueprint, Decision, NodeId, Shape, StageId } from "@espalier/core";
import { channelsKept } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";
import { isMaker } from "./nodes.ts";
import { widestShapes } from "./widest.ts";

/** Nodes of a derived network that have channels which the unpruned ones lack. */
function grown({ nodes }: Blueprint, shapes: ReadonlyMap<NodeId, Shape>): Decision[] {
  return nodes.filter(isMaker).flatMap(({ id, origin }) => {
    const channels = origin?.node === id ? Math.max(...origin.outputs) + 1 : 0;
    if (channels <= (shapes.get(id)?.channels ?? 0)) return [];
    return [{ id, space: "", candidates: [channels], effect: { kind: "channels", nodes: [id] } }];
  });
}

/**
 * Where the channels of a derived network's values came from.
 *
 * @param derived The derived network.
 * @param unpruned The network that it was derived from.
 * @returns For each node and stage of the derived network, the channels of the unpruned one's value
 * that it holds, ascending; features of a flattened image count as channels. Channels that the
 * unpruned value lacks come behind all of its own.
 */
export function keptChannels(
  derived: Blueprint,
  unpruned: Blueprint,
): ReadonlyMap<NodeId | StageId, readonly number[]> {
  const originals = new Map(unpruned.nodes.map((node) => [node.id, node]));
  const shapes = inferShapes(unpruned);
  const widest = widestShapes(unpruned, grown(derived, shapes));
  const widths = new Map(
    derived.nodes.flatMap(({ id, origin }) => origin ? [[id, origin.outputs] as const] : []),
  );
  const kept = new Map<NodeId | StageId, readonly number[]>();
  for (const node of derived.nodes) {
    const own = widths.get(node.id);
    kept.set(node.id, own ?? channelsKept(node, { originals, shapes, widest, widths, kept }));
  }
  for (const { id, blocks } of derived.stages) kept.set(id, kept.get(blocks.at(-1)!.output)!);
  return kept;
}
