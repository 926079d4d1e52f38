import { inferShapes } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import { parameterSpecs } from "../parameters.ts";

/**
 * Work per image between two synchronisation points of the ranks. In training these are the sums
 * over the batch, otherwise only the logits.
 *
 * @param blueprint The network.
 * @param pass Whether it trains.
 * @returns Multiply-adds of a forward pass; in training, divided by the number of norms.
 */
export function workBetweenSums(
  blueprint: Blueprint,
  { training }: { readonly training: boolean },
): number {
  const shapes = inferShapes(blueprint);
  const specs = parameterSpecs(blueprint);
  const sums = specs.filter(({ role }) => role === "mean").length;
  let macs = 0;
  for (const { name, shape, role } of specs) {
    if (role !== "kernel" && role !== "dense") continue;
    const { height, width } = shapes.get(name.replace(/\/kernel$/, ""))!;
    macs += shape.reduce((a, b) => a * b, height * width);
  }
  return training ? macs / Math.max(1, sums) : macs;
}
