import type { Blueprint, NodeId } from "@espalier/core";
import { mixesChannels } from "./activations.ts";
import { type ChannelRuns, makersIn } from "./channel_runs.ts";
import { outputsOf } from "./outputs_of.ts";

/** Values whose channels all stay, and why: outputs, and what mixes channels. */
function wholeValues(
  blueprint: Blueprint,
  runs: ReadonlyMap<NodeId, ChannelRuns>,
): readonly (readonly [value: NodeId, why: string])[] {
  const outputs = outputsOf(blueprint).map(({ node, activation }) =>
    [node, mixesChannels(activation) ? "a softmax reads it" : "it is an output"] as const
  );
  const mixed = blueprint.nodes.flatMap((node) => {
    const reads = (why: string) => node.inputs.map((input) => [input, why] as const);
    if ("activation" in node && mixesChannels(node.activation)) {
      return [[node.id, "a softmax reads it"] as const];
    }
    if (node.op === "opaque") return reads(`"${node.id}" (${node.className}) reads it`);
    const isMixing = node.op === "reshape" &&
      runs.get(node.id)!.some(({ maker }) => maker === node.id);
    return isMixing ? reads(`the reshape "${node.id}" mixes its channels`) : [];
  });
  return [...outputs, ...mixed];
}

/**
 * What makes values whose channels all stay, whichever of its blocks a stage ends with.
 *
 * @param blueprint The network.
 * @param runs Who made the channels of each value.
 * @returns Why, by node.
 */
export function wholeMakers(
  blueprint: Blueprint,
  runs: ReadonlyMap<NodeId, ChannelRuns>,
): ReadonlyMap<NodeId, string> {
  const makersOf = (id: NodeId) => makersIn(runs.get(id)!);
  const whole = new Map<NodeId, string>();
  for (const [value, why] of wholeValues(blueprint, runs)) {
    makersOf(value).forEach((maker) => whole.has(maker) || whole.set(maker, why));
  }
  for (const _ of blueprint.stages) {
    for (const { id, blocks } of blueprint.stages) {
      if ([...makersOf(blocks.at(-1)!.output)].every((maker) => !whole.has(maker))) continue;
      for (const { output } of blocks) {
        makersOf(output).forEach((maker) =>
          whole.has(maker) || whole.set(maker, `the end of "${id}" keeps its channels`)
        );
      }
    }
  }
  return whole;
}
