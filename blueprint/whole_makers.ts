import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { mixesChannels } from "./activations.ts";
import { inferShapes } from "./infer_shapes.ts";
import { isMaker } from "./nodes.ts";
import { channelRule } from "./ops/channels.ts";
import { outputsOf } from "./outputs_of.ts";

const SOFTMAX = "a softmax reads it";

function whyRead(node: BlueprintNode): string {
  if (node.op === "opaque") return `"${node.id}" (${node.className}) reads it`;
  if (node.op === "rescale") return `"${node.id}" has numbers for each of its channels`;
  return `the ${node.op} "${node.id}" mixes its channels`;
}

/**
 * What makes channels that all have to stay: those of outputs, of what a softmax, a reshaping of the
 * channels or an opaque layer reads, and the one channel that a merge spreads over all. Both sides of a
 * sum make them, and every block that a stage may end with.
 *
 * @param blueprint The network.
 * @returns Why, by node.
 */
export function wholeMakers(blueprint: Blueprint): ReadonlyMap<NodeId, string> {
  const { nodes, stages } = blueprint;
  const shapes = inferShapes(blueprint);
  const ends = new Map(stages.map((stage) => [stage.blocks.at(-1)!.output, stage]));
  const whole = new Map<NodeId, string>();
  const keep = (value: NodeId, why: string) => whole.has(value) || whole.set(value, why);
  for (const { node, activation } of outputsOf(blueprint)) {
    keep(node, mixesChannels(activation) ? SOFTMAX : "it is an output");
  }
  const makers = new Map<NodeId, string>();
  for (const node of nodes.toReversed()) {
    const { id, inputs } = node;
    const rule = channelRule(node, inputs.map((input) => shapes.get(input)!));
    if ("activation" in node && mixesChannels(node.activation)) keep(id, SOFTMAX);
    const why = whole.get(id);
    if (why !== undefined) {
      const stage = ends.get(id);
      stage?.blocks.forEach(({ output }) =>
        keep(output, `the end of "${stage.id}" keeps its channels`)
      );
      if (rule.kind === "makes") makers.set(id, why);
    }
    inputs.forEach((input, i) => {
      if (rule.kind === "makes") return isMaker(node) || keep(input, whyRead(node));
      if (why !== undefined) return keep(input, why);
      if (rule.kind === "meets" && !rule.parts.includes(i)) {
        keep(input, `"${id}" spreads its channel over all`);
      }
    });
  }
  return makers;
}
