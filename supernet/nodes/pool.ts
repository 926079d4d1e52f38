import { EspalierError, type NodeId, type PoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { padAttribute } from "../ops/convolve.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName, readsSequence, stockPad } from "./stock_parts.ts";
import { stockPool } from "./stock_pool.ts";

/** Pooling over windows. */
export const pool: NodeOp<PoolNode> = {
  evaluate(_, [x], { node }) {
    const pad = padAttribute(node.padding, { kernel: node.size, strides: node.strides });
    const f = node.pool === "max" ? tf.maxPool : tf.avgPool;
    return f(x as tf.Tensor4D, [...node.size], [...node.strides], pad as "same");
  },
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
