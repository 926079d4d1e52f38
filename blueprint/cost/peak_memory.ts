import type { PlacedNetwork, PlacedNode } from "@espalier/core";

/** Bytes of a float32. */
const FLOAT = 4;

/** Operations whose output is their input under another shape. */
const VIEWS: readonly string[] = ["reshape", "flatten", "dropout"];

const bytesOf = ({ output: { height, width, channels } }: PlacedNode): number =>
  FLOAT * height * width * channels;

/**
 * Most bytes of values that are needed at once for one image, in float32. Nodes are executed in their
 * order; a value is held from the node that gives it to the last one that reads it, inputs from the
 * beginning, outputs to the end. Reshaping takes nothing; a norm and an activation that belong to a
 * layer are applied in place. Weights, and what kernels need meanwhile, are not counted.
 *
 * @example A value that a sum reads again is held meanwhile
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { peakMemory } from "@espalier/blueprint";
 *
 * const output = { height: 2, width: 2, channels: 3 };
 * const bytes = peakMemory({
 *   nodes: [
 *     { node: { id: "x", op: "input", inputs: [], shape: [2, 2, 3] }, inputs: [], output },
 *     { node: { id: "y", op: "activation", inputs: ["x"], activation: "relu" }, inputs: [0], output },
 *     { node: { id: "sum", op: "add", inputs: ["y", "x"] }, inputs: [1, 0], output },
 *   ],
 *   outputs: [2],
 * });
 * assertEquals(bytes, 3 * 2 * 2 * 3 * 4);
 * ```
 *
 * @param network Nodes in the order of execution.
 * @returns Bytes.
 */
export function peakMemory({ nodes, outputs }: PlacedNetwork): number {
  const owner: number[] = [];
  const lastRead = new Map<number, number>();
  for (const [position, { node, inputs }] of nodes.entries()) {
    owner.push(VIEWS.includes(node.op) ? owner[inputs[0]!]! : position);
    lastRead.set(owner[position]!, position);
    for (const input of inputs) lastRead.set(owner[input]!, position);
  }
  for (const output of outputs) lastRead.set(owner[output]!, nodes.length);
  const freed = Map.groupBy(lastRead.keys(), (buffer) => lastRead.get(buffer)!);
  const isInput = ({ node }: PlacedNode) => node.op === "input";
  let held = nodes.filter(isInput).reduce((sum, node) => sum + bytesOf(node), 0);
  let peak = held;
  for (const [position, node] of nodes.entries()) {
    if (owner[position] === position && !isInput(node)) held += bytesOf(node);
    peak = Math.max(peak, held);
    for (const buffer of freed.get(position) ?? []) held -= bytesOf(nodes[buffer]!);
  }
  return peak;
}
