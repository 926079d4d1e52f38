import type { Blueprint } from "@espalier/core";
import { inferShapes } from "./infer_shapes.ts";

/**
 * Number of classes that a network tells apart: the features of its output.
 *
 * @param blueprint The network.
 * @returns The number of logits.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function classesOf(blueprint: Blueprint): number {
  return inferShapes(blueprint).get(blueprint.output)!.channels;
}
