import { weightsOf } from "@espalier/blueprint";
import type { Activation, BlueprintNode, NodeId, NormSpec, Padding } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { StockLayer } from "./node_op.ts";

/** Name of the layer of a node. Keras refuses a slash; no node id holds a dot. */
export function layerName(id: NodeId): string {
  return id.replaceAll("/", ".");
}

/** A layer without weights. */
export const bare = (layer: tf.layers.Layer): StockLayer[] => [{ layer, weights: [] }];

/** A layer with the kernel and the bias of a node. */
export function kernelLayer(node: BlueprintNode, layer: tf.layers.Layer): StockLayer {
  const own = weightsOf(node).filter(({ name }) => name === "kernel" || name === "bias");
  return { layer, weights: own.map(({ name }) => `${node.id}/${name}`) };
}

/** Zeros around an image, if there are any. */
export function stockPad(name: string, [top, bottom, left, right]: Padding): StockLayer[] {
  if (top + bottom + left + right === 0) return [];
  const padding: [[number, number], [number, number]] = [[top, bottom], [left, right]];
  return bare(tf.layers.zeroPadding2d({ name: `${name}.pad`, padding }));
}

/** An activation, if there is one. */
export function stockActivation(name: string, activation: Activation | undefined): StockLayer[] {
  if (activation === undefined) return [];
  const most = activation === "relu6" ? { maxValue: 6 } : {};
  return bare(tf.layers.reLU({ name, ...most }));
}

/** A batch norm, if there is one. */
export function stockNorm(
  id: NodeId,
  { name, norm }: { readonly name: string; readonly norm: NormSpec | undefined },
): StockLayer[] {
  if (norm === undefined) return [];
  const { epsilon, momentum } = norm;
  return [{
    layer: tf.layers.batchNormalization({ name, axis: -1, epsilon, momentum }),
    weights: ["gamma", "beta", "mean", "variance"].map((part) => `${id}/norm/${part}`),
  }];
}
