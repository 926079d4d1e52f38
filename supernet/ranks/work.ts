import { inferShapes } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import { parameterSpecs } from "../parameters.ts";

/**
 * How much one image gives to do until ranks wait for each other: in training up to the next sum over
 * the batch, else up to the logits.
 *
 * @param blueprint The network.
 * @param pass Whether it trains.
 * @returns Multiply-adds of a forward pass; in training, by norm.
 */
export function workBetweenSums(
  blueprint: Blueprint,
  { training }: { readonly training: boolean },
): number {
  const shapes = inferShapes(blueprint);
  const specs = parameterSpecs(blueprint);
  const sums = specs.filter(({ role }) => role === "gamma").length;
  let macs = 0;
  for (const { name, shape, role } of specs) {
    if (role !== "kernel" && role !== "dense") continue;
    const { height, width } = shapes.get(name.replace(/\/kernel$/, ""))!;
    macs += shape.reduce((a, b) => a * b, height * width);
  }
  return training ? macs / Math.max(1, sums) : macs;
}
