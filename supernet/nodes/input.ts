import type { InputNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";

/** What an exported model takes: an image, a sequence without its one row, or a vector. */
export const inputShape = ({ rank = 3, shape }: InputNode): readonly number[] =>
  shape.slice(3 - rank);

/** What enters: an image, or a sequence as one; of a vector the one position is left out. */
export const input: NodeOp<InputNode> = {
  evaluate: (_, [x], { node: { rank, shape } }) =>
    rank === 1 ? tf.reshape(x!, [-1, shape[2]]) : tf.clone(x!),
  stock: () => [],
};
