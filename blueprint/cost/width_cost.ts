import type { CostModel, CostNode } from "@espalier/core";
import { nodeCost } from "./node_cost.ts";

/** Cost of one node by the widths of its input and output. */
export type WidthCost = (input: number, output: number) => number;

/** The cost of a node for any widths; the model is asked once for every pair. */
export function widthCost(model: CostModel, { node, input, output }: CostNode): WidthCost {
  const known = new Map<number, number>();
  return (from, to) => {
    const key = from * 2 ** 26 + to;
    let cost = known.get(key);
    if (cost === undefined) {
      const shapes = { input: { ...input, channels: from }, output: { ...output, channels: to } };
      known.set(key, cost = nodeCost(model, { node, ...shapes }));
    }
    return cost;
  };
}
