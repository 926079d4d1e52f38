import type { Blueprint } from "../../blueprint/blueprint.ts";
import { inferShapes } from "../../blueprint/infer_shapes.ts";
import { parameterSpecs } from "../parameters.ts";

/**
 * How much one image gives to do between two sums over the batch, where ranks wait for each other.
 *
 * @param blueprint The network.
 * @returns Multiply-adds of a forward pass, by norm.
 */
export function workBetweenSums(blueprint: Blueprint): number {
  const shapes = inferShapes(blueprint);
  const specs = parameterSpecs(blueprint);
  const sums = specs.filter(({ role }) => role === "gamma").length;
  let macs = 0;
  for (const { name, shape, role } of specs) {
    if (role !== "kernel" && role !== "dense") continue;
    const { height, width } = shapes.get(name.replace(/\/kernel$/, ""))!;
    macs += shape.reduce((a, b) => a * b, height * width);
  }
  return macs / Math.max(1, sums);
}
