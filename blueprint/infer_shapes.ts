import type { Blueprint, BlueprintNode, NodeId, Shape } from "@espalier/core";
import { blueprintFault } from "./blueprint_fault.ts";
import type { Refuse, Value } from "./ops/op.ts";
import { opOf } from "./ops/table.ts";

/** Shapes and ranks of all values. */
export interface InferredValues {
  /** Shape of each node's value. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** Axes of an example of each node's value: 1 of a vector, 2 of a sequence, 3 of an image. */
  readonly ranks: ReadonlyMap<NodeId, 1 | 2 | 3>;
}

/**
 * The value of one node.
 *
 * @param name Name of the network, for messages.
 * @param node The node.
 * @param inputs Values of its inputs.
 * @returns Shape and rank.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where the node does not fit its inputs.
 */
export function inferValue(name: string, node: BlueprintNode, inputs: readonly Value[]): Value {
  const refuse: Refuse = (rule, state) => {
    throw blueprintFault(name, {
      rule,
      state: `node "${node.id}" (${node.op}): ${state}`,
      advice: "Change the node or what feeds it",
    });
  };
  return opOf(node).value(node, inputs, refuse);
}

/** Walk the graph once; throws ERR_BLUEPRINT_INVALID where a node does not fit its inputs. */
export function inferValues(blueprint: Blueprint): InferredValues {
  const values = new Map<NodeId, Value>();
  for (const node of blueprint.nodes) {
    const inputs = node.inputs.map((id) => values.get(id)!);
    values.set(node.id, inferValue(blueprint.name, node, inputs));
  }
  const ranks = new Map([...values].map(([id, { rank }]) => [id, rank]));
  const shapes = new Map(
    [...values].map(([id, { height, width, channels }]) => [id, { height, width, channels }]),
  );
  return { shapes, ranks };
}

/**
 * Height, width and channels of every node's value; a vector of n features is 1×1×n.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { conv, inferShapes } from "@espalier/blueprint";
 *
 * const shapes = inferShapes({
 *   name: "tiny",
 *   nodes: [
 *     { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
 *     conv({ id: "stem", input: "images", kernel: 3, stride: 2, channels: 16 }),
 *     { id: "pool", op: "global-pool", inputs: ["stem"] },
 *     { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
 *   ],
 *   stages: [],
 *   output: "classifier",
 * });
 * assertEquals(shapes.get("stem"), { height: 4, width: 4, channels: 16 });
 * ```
 *
 * @param blueprint Its nodes follow their inputs, as `validateBlueprint` checks.
 * @returns Shape by node.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function inferShapes(blueprint: Blueprint): ReadonlyMap<NodeId, Shape> {
  return inferValues(blueprint).shapes;
}
