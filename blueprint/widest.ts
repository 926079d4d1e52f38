import type { Blueprint, BlueprintNode, Decision, NodeId, Shape } from "@espalier/core";
import { exitDecisions } from "./cost/governance.ts";
import { inferShapes } from "./infer_shapes.ts";
import { layerParts } from "./layer_parts.ts";
import { channelRule } from "./ops/channels.ts";

/** Shapes in the supernet, by node. */
export interface WidestShapes {
  /** Of the value that a node makes. */
  readonly made: ReadonlyMap<NodeId, Shape>;
  /** Of what its readers may read: at the end of a stage of searched depth its widest exit. */
  readonly read: ReadonlyMap<NodeId, Shape>;
}

/**
 * Shapes of all values in the supernet: a searched layer has the channels of its widest
 * candidate, a sum those of its wider side, a merge those of its narrowest part. Where no candidate is wider than the unpruned network,
 * they are its shapes.
 *
 * @param blueprint The unpruned network.
 * @param decisions What there is to choose.
 * @returns Shapes by node.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function widestShapes(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): WidestShapes {
  const shapes = inferShapes(blueprint);
  const parts = layerParts(blueprint, decisions);
  const depths = exitDecisions(decisions);
  const exits = new Map(
    blueprint.stages.filter(({ id }) => depths.has(id))
      .map(({ blocks }) => [blocks.at(-1)!.output, blocks.map(({ output }) => output)]),
  );
  const made = new Map<NodeId, Shape>(), read = new Map<NodeId, Shape>();
  for (const node of blueprint.nodes) {
    const { id } = node, shape = shapes.get(id)!;
    made.set(id, { ...shape, channels: widestOf(node, shape) });
    const outputs = exits.get(id) ?? [id];
    const channels = Math.max(...outputs.map((output) => made.get(output)!.channels));
    read.set(id, { ...shape, channels });
  }
  return { made, read };

  function widestOf(node: BlueprintNode, { channels: own }: Shape): number {
    const entering = node.inputs.map((input) => read.get(input)!.channels);
    const rule = channelRule(node, node.inputs.map((input) => shapes.get(input)!));
    switch (rule.kind) {
      case "makes":
        return parts.get(node.id)?.reduce((total, { widest }) => total + widest, 0) ?? own;
      case "keeps":
        return Math.max(...entering);
      case "meets":
        return Math.min(...rule.parts.map((part) => entering[part]!));
      case "joins":
        return rule.parts.reduce((total, part) => total + entering[part]!, 0);
      case "spreads":
        return entering[0]! * rule.times;
    }
  }
}
