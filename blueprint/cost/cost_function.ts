import type { Blueprint, Choices, CostModel, NetworkCostModel, PlacedNode } from "@espalier/core";
import type { StepOptions } from "./architecture_steps.ts";
import { type ArchitectureWalk, architectureWalk } from "./architecture_walk.ts";
import { networkCost } from "./network_cost.ts";
import { widthCost } from "./width_cost.ts";

/** What {@linkcode costFunction} takes. */
export interface CostFunctionOptions extends StepOptions {
  /** What a node, or a whole network, costs. */
  readonly model: CostModel | NetworkCostModel;
}

/** Sums over the nodes; the model is asked once for each pair of widths. */
function sumOfNodes(walk: ArchitectureWalk, model: CostModel): (choices: Choices) => number {
  const costs = walk.steps.map(({ input, output, node, projection }) => ({
    own: input === undefined ? () => 0 : widthCost(model, { node, input, output }),
    projection: projection && widthCost(model, projection),
  }));
  return (choices) => {
    let total = model.base ?? 0;
    walk.visit(choices, ({ position, main, width, projected }) => {
      const { own, projection } = costs[position]!;
      total += own(main, width) + (projected === undefined ? 0 : projection!(projected, width));
    });
    return total;
  };
}

function ofWhole(walk: ArchitectureWalk, model: NetworkCostModel): (choices: Choices) => number {
  return (choices) => {
    const nodes: PlacedNode[] = [];
    const placed = new Map<number, number>();
    walk.visit(choices, ({ position, inputs: sources, width, projected }) => {
      const { node, output: shape, projection } = walk.steps[position]!;
      const output = { ...shape, channels: width };
      const inputs = sources.map((source) => placed.get(source)!);
      if (projected !== undefined) {
        inputs[1] = nodes.push({ node: projection!.node, inputs: [inputs[1]!], output }) - 1;
      }
      placed.set(position, nodes.push({ node, inputs, output }) - 1);
    });
    const outputs = walk.outputs().map((output) => placed.get(output)!);
    return networkCost(model, { nodes, outputs });
  };
}

/**
 * The true cost of architectures: exactly what the derived blueprint costs, projections included,
 * without building it. A search evaluates it at every step, a walk inside the budget's zone thousands
 * of times.
 *
 * @param blueprint The unpruned network.
 * @param options Decisions and cost model.
 * @returns The cost of choices, in the model's unit. It throws ERR_ARCHITECTURE_INVALID if they do
 * not fit the decisions, ERR_COST_INVALID for a cost that is negative or not finite.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function costFunction(
  blueprint: Blueprint,
  { model, ...options }: CostFunctionOptions,
): (choices: Choices) => number {
  const walk = architectureWalk(blueprint, options);
  return "networkCost" in model ? ofWhole(walk, model) : sumOfNodes(walk, model);
}
