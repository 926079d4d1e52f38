import type { Size, UpsampleNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { bilinear } from "../ops/interpolate.ts";
import type { NodeOp, StockLayer } from "./node_op.ts";
import { bare, imageLayers, layerName } from "./stock_parts.ts";

/** Each of the first `length` entries of [length, size] several times, by ops with gradients everywhere. */
function repeat(x: tf.Tensor2D, times: number): tf.Tensor {
  const [length, size] = x.shape;
  const each = x.reshape([length, 1, size]);
  return tf.concat(Array.from({ length: times }, () => each), 1);
}

/**
 * What TensorFlow.js's own bilinear layer does not do: with `n` of each, the mean of 2n values in a row,
 * of which each occurs 2n times, is what stands between the two that are next to the middle.
 */
function centred(name: string, size: Size): readonly StockLayer[] {
  const twice = size.map((times) => times === 1 ? 1 : 2 * times) as [number, number];
  const strides = size.map((times) => times === 1 ? 1 : 2) as [number, number];
  return [
    ...bare(
      tf.layers.upSampling2d({ name: `${name}.nearest`, size: twice, interpolation: "nearest" }),
    ),
    ...bare(tf.layers.averagePooling2d({ name, poolSize: twice, strides, padding: "same" })),
  ];
}

/** An image of several times as many rows and columns. */
export const upsample: NodeOp<UpsampleNode> = {
  evaluate(_, [x], { node: { size, interpolation = "nearest" } }) {
    if (interpolation !== "nearest") {
      const places = interpolation === "bilinear" ? "centre" : "corner";
      return bilinear(x as tf.Tensor4D, { size, places });
    }
    const [rows, columns] = size;
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    const wide = repeat(x!.reshape([batch * height * width, channels]), columns);
    const all = repeat(wide.reshape([batch * height, width * columns * channels]), rows);
    return all.reshape([batch, height * rows, width * columns, channels]);
  },
  stock(node, context) {
    const name = layerName(node), size = [...node.size];
    const { interpolation = "nearest" } = node;
    const stock = interpolation === "bilinear"
      ? centred(name, node.size)
      : bare(tf.layers.upSampling2d({
        ...{ name, size },
        interpolation: interpolation === "nearest" ? "nearest" : "bilinear",
      }));
    return imageLayers(stock, { node, context });
  },
};
