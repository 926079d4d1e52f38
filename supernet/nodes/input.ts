import type { InputNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";

/** The images that enter. */
export const input: NodeOp<InputNode> = {
  evaluate: (_, [x]) => tf.clone(x!),
  stock: () => [],
};
