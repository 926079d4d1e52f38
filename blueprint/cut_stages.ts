import type { Blueprint, NodeId, StageId } from "@espalier/core";
import { outputsOf } from "./outputs_of.ts";

function reachable(blueprint: Blueprint): ReadonlySet<NodeId> {
  const alive = new Set<NodeId>(outputsOf(blueprint).map(({ node }) => node));
  for (const { id, inputs } of blueprint.nodes.toReversed()) {
    if (alive.has(id)) inputs.forEach((source) => alive.add(source));
  }
  return alive;
}

/**
 * Keep the first blocks of stages. What read a stage's output reads that of its last kept block, and
 * nodes that led only to removed ones are removed too.
 */
export function cutStages(blueprint: Blueprint, depths: ReadonlyMap<StageId, number>): Blueprint {
  const removed = new Set<NodeId>();
  const replaced = new Map<NodeId, NodeId>();
  const stages = blueprint.stages.map(({ id, blocks }) => {
    const depth = depths.get(id) ?? blocks.length;
    blocks.slice(depth).forEach(({ nodes }) => nodes.forEach((node) => removed.add(node)));
    if (depth < blocks.length) replaced.set(blocks.at(-1)!.output, blocks[depth - 1]!.output);
    return { id, blocks: blocks.slice(0, depth) };
  });
  if (removed.size === 0) return blueprint;

  const redirect = (id: NodeId): NodeId => replaced.get(id) ?? id;
  const nodes = blueprint.nodes
    .filter(({ id }) => !removed.has(id))
    .map((node) => ({ ...node, inputs: node.inputs.map(redirect) }));
  const outputs = blueprint.outputs?.map((each) => ({ ...each, node: redirect(each.node) }));
  const output = redirect(blueprint.output);
  const cut = { ...blueprint, nodes, stages, output, ...(outputs && { outputs }) };
  const alive = reachable(cut);
  return {
    ...cut,
    nodes: nodes.filter(({ id }) => alive.has(id)),
    stages: stages.map(({ id, blocks }) => ({
      id,
      blocks: blocks.map((block) => ({
        ...block,
        nodes: block.nodes.filter((node) => alive.has(node)),
      })),
    })),
  };
}
