import type { Blueprint, NodeId, StageId } from "@espalier/core";
import { channelsKept } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";

/**
 * Where the channels of a derived network's values came from.
 *
 * @param derived The derived network.
 * @param unpruned The network that it was derived from.
 * @returns For each node and stage of the derived network, the channels of the unpruned one's value
 * that it holds, ascending; features of a flattened image count as channels.
 */
export function keptChannels(
  derived: Blueprint,
  unpruned: Blueprint,
): ReadonlyMap<NodeId | StageId, readonly number[]> {
  const originals = new Map(unpruned.nodes.map((node) => [node.id, node]));
  const shapes = inferShapes(unpruned);
  const widths = new Map(
    derived.nodes.flatMap(({ id, origin }) => origin ? [[id, origin.outputs] as const] : []),
  );
  const kept = new Map<NodeId | StageId, readonly number[]>();
  for (const node of derived.nodes) {
    const own = widths.get(node.id);
    kept.set(node.id, own ?? channelsKept(node, { originals, shapes, widths, kept }));
  }
  for (const { id, blocks } of derived.stages) kept.set(id, kept.get(blocks.at(-1)!.output)!);
  return kept;
}
