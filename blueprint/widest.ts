import type { Blueprint, BlueprintNode, Decision, NodeId, Shape } from "@espalier/core";
import { channelDecisions, exitDecisions } from "./cost/governance.ts";
import { inferShapes } from "./infer_shapes.ts";

/** Shapes in the supernet, by node. */
export interface WidestShapes {
  /** Of the value that a node makes. */
  readonly made: ReadonlyMap<NodeId, Shape>;
  /** Of what its readers may read: at the end of a stage of searched depth its widest exit. */
  readonly read: ReadonlyMap<NodeId, Shape>;
}

/**
 * Shapes of all values in the supernet: a searched convolution has the channels of its widest
 * candidate, a sum those of its wider side. Where no candidate is wider than the unpruned network,
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
  const widths = channelDecisions(decisions);
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

  function widestOf({ id, op, inputs }: BlueprintNode, { channels: own }: Shape): number {
    const entering = inputs.map((input) => read.get(input)!.channels);
    switch (op) {
      case "input":
      case "dense":
        return own;
      case "conv":
        return Math.max(own, widths.get(id)?.candidates.at(-1) ?? 0);
      case "concat":
        return entering.reduce((total, each) => total + each, 0);
      case "flatten":
        return own / shapes.get(inputs[0]!)!.channels * entering[0]!;
      default:
        return Math.max(...entering);
    }
  }
}
