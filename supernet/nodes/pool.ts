import { EspalierError, type NodeId, type PoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { padAttribute } from "../ops/convolve.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName, readsSequence, stockPad } from "./stock_parts.ts";
import { stockPool } from "./stock_pool.ts";

/** An image, pooled. */
export function poolImage(
  x: tf.Tensor4D,
  { pool, size, strides, padding }: Pick<PoolNode, "pool" | "size" | "strides" | "padding">,
): tf.Tensor4D {
  if (pool === "max") {
    const pad = padAttribute(padding, { kernel: size, strides });
    return tf.maxPool(x, [...size], [...strides], pad as "same");
  }
  const mean = (of: tf.Tensor4D) => tf.avgPool(of, [...size], [...strides], "valid");
  if (padding.every((count) => count === 0)) return mean(x);
  // TensorFlow.js's cpu counts padding in the gradient: zeros, and the share of a window that is no padding.
  const [top, bottom, left, right] = padding;
  const around = (of: tf.Tensor4D) => tf.pad(of, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  const share = mean(around(tf.ones([1, x.shape[1], x.shape[2], 1])));
  return tf.div(mean(around(x)), share);
}

/** Pooling over windows. */
export const pool: NodeOp<PoolNode> = {
  evaluate: (_, [x], { node }) => poolImage(x as tf.Tensor4D, node),
  stock(node, context) {
    const { shapes, nonNegative } = context;
    const [source] = node.inputs as [NodeId];
    const stock = stockPool(node, {
      input: shapes.get(source)!,
      output: shapes.get(node.id)!,
      nonNegative: nonNegative.has(source),
    });
    if (stock === undefined) {
      throw new EspalierError(
        "ERR_EXPORT_UNSUPPORTED",
        `Cannot write node "${node.id}" in stock layers as padding must not enter the ` +
          `${node.pool} of a window: it pads ${node.padding.join(", ")}. ` +
          `Pad as "same" does${node.pool === "max" ? ", or activate what it reads" : ""}.`,
      );
    }
    const settings = { name: layerName(node), padding: stock.padding };
    const [rows, columns] = node.pool === "max"
      ? [tf.layers.maxPooling2d, tf.layers.maxPooling1d]
      : [tf.layers.averagePooling2d, tf.layers.averagePooling1d];
    const layer = readsSequence(node, context)
      ? columns({ ...settings, poolSize: node.size[1], strides: node.strides[1] })
      : rows({
        ...settings,
        poolSize: [...node.size] as [number, number],
        strides: [...node.strides] as [number, number],
      });
    return [...stockPad(node, stock.zeros, context), ...bare(layer)];
  },
};
