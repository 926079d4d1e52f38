import { outputsOf } from "@espalier/blueprint";
import type { Blueprint, NodeId } from "@espalier/core";
import { planNodes } from "../plan.ts";
import { writeProgram } from "./program.ts";

/**
 * Nodes that TensorFlow.js computes step by step where an engine runs the network without a tape, whole
 * or in part, as an activation that no pass of an engine applies.
 *
 * @param blueprint The network.
 * @returns Their names; passes of the engine run all others.
 */
export function stepwiseNodes(blueprint: Blueprint): ReadonlySet<NodeId> {
  const { steps } = writeProgram({
    ...{ plans: planNodes(blueprint, []), exits: [], widths: new Map() },
    outputs: outputsOf(blueprint).map(({ node }) => node),
  });
  return new Set(steps.flatMap((step) => step.kind === "tensors" ? [step.end.node.id] : []));
}
