import type { NormSpec } from "@espalier/core";
import type { NodeWeight } from "./op.ts";

/** Arrays of a norm, if there is one. */
export function normWeights(norm: NormSpec | undefined): NodeWeight[] {
  if (norm === undefined) return [];
  const { scale = true, center = true } = norm;
  const learned = [...(scale ? ["gamma"] as const : []), ...(center ? ["beta"] as const : [])];
  return [...learned, "mean" as const, "variance" as const].map((role) => ({
    ...{ name: `norm/${role}`, role, axes: ["out"] },
  }));
}

/** Arrays of a layer with a kernel: the kernel, a bias and a norm if there are any. */
export function unitWeights(
  kernel: Omit<NodeWeight, "name">,
  { bias, norm }: { readonly bias: boolean; readonly norm?: NormSpec },
): NodeWeight[] {
  return [
    { name: "kernel", ...kernel },
    ...(bias ? [{ name: "bias", role: "bias", axes: ["out"] } as const] : []),
    ...normWeights(norm),
  ];
}
