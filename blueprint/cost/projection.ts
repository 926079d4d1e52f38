import type { AddNode, ConvNode, NodeId } from "@espalier/core";
import { conv, DEFAULT_NORM } from "../nodes.ts";

/** The projection that `derive` would put in front of a sum's second input, as a cost model sees it. */
export function projectionOf(add: AddNode, channels: number): ConvNode {
  return conv({
    id: `${add.id}_shortcut`,
    input: add.inputs[1] as NodeId,
    channels,
    kernel: 1,
    ...(add.projection?.norm && { norm: DEFAULT_NORM }),
  });
}
