import {
  type Activation,
  type BlueprintNode,
  type ConvNode,
  type DepthwiseConvNode,
  EspalierError,
  type NodeId,
  type NormSpec,
  type Padding,
  type PoolNode,
  type Shape,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { stockPool } from "./stock_pool.ts";

/** A stock layer and the names of its weights, in its order. */
export interface StockLayer {
  /** The layer, not yet applied. */
  readonly layer: tf.layers.Layer;
  /** Weights as `Weights` names them. */
  readonly weights: readonly string[];
}

/** What {@linkcode stockLayers} needs to know of the network. */
export interface StockContext {
  /** Shapes of all values. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** Nodes whose values are never negative. */
  readonly nonNegative: ReadonlySet<NodeId>;
}

// The weights are set later, so random ones would be wasted.
const zeros = { kernelInitializer: "zeros" } as const;

/** Name of the layer of a node. Keras refuses a slash; no node id holds a dot. */
export function layerName(id: NodeId): string {
  return id.replaceAll("/", ".");
}

function pad(name: string, [top, bottom, left, right]: Padding): StockLayer[] {
  if (top + bottom + left + right === 0) return [];
  const padding: [[number, number], [number, number]] = [[top, bottom], [left, right]];
  return [{ layer: tf.layers.zeroPadding2d({ name: `${name}.pad`, padding }), weights: [] }];
}

function activate(name: string, activation: Activation | undefined): StockLayer[] {
  if (activation === undefined) return [];
  const most = activation === "relu6" ? { maxValue: 6 } : {};
  return [{ layer: tf.layers.reLU({ name, ...most }), weights: [] }];
}

function normalize(id: NodeId, name: string, norm: NormSpec | undefined): StockLayer[] {
  if (norm === undefined) return [];
  const { epsilon, momentum } = norm;
  return [{
    layer: tf.layers.batchNormalization({ name, axis: -1, epsilon, momentum }),
    weights: ["gamma", "beta", "mean", "variance"].map((part) => `${id}/norm/${part}`),
  }];
}

function convolve(node: ConvNode | DepthwiseConvNode): StockLayer {
  const common = {
    name: layerName(node.id),
    kernelSize: [...node.kernel] as [number, number],
    strides: [...node.strides] as [number, number],
    dilationRate: [...node.dilation] as [number, number],
    useBias: node.bias,
  };
  return {
    layer: node.op === "conv"
      ? tf.layers.conv2d({ ...common, ...zeros, filters: node.channels })
      : tf.layers.depthwiseConv2d({ ...common, depthwiseInitializer: "zeros" }),
    weights: kernelAndBias(node),
  };
}

function kernelAndBias({ id, bias }: { readonly id: NodeId; readonly bias: boolean }): string[] {
  return [`${id}/kernel`, ...(bias ? [`${id}/bias`] : [])];
}

function pool(node: PoolNode, { shapes, nonNegative }: StockContext): StockLayer[] {
  const [source] = node.inputs as [NodeId];
  const name = layerName(node.id);
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
  const make = node.pool === "max" ? tf.layers.maxPooling2d : tf.layers.averagePooling2d;
  const layer = make({
    name,
    poolSize: [...node.size] as [number, number],
    strides: [...node.strides] as [number, number],
    padding: stock.padding,
  });
  return [...pad(name, stock.zeros), { layer, weights: [] }];
}

/** The layers of a node, to be applied one after the other; none for the input. */
export function stockLayers(node: BlueprintNode, context: StockContext): StockLayer[] {
  const name = layerName(node.id);
  const bare = (layer: tf.layers.Layer): StockLayer[] => [{ layer, weights: [] }];
  switch (node.op) {
    case "input":
      return [];
    case "conv":
    case "depthwise-conv":
      return [
        ...pad(name, node.padding),
        convolve(node),
        ...normalize(node.id, `${name}.norm`, node.norm),
        ...activate(`${name}.activation`, node.activation),
      ];
    case "norm":
      return [
        ...normalize(node.id, name, node.norm),
        ...activate(`${name}.activation`, node.activation),
      ];
    case "activation":
      return activate(name, node.activation);
    case "add":
      return [
        ...bare(tf.layers.add({ name })),
        ...activate(`${name}.activation`, node.activation),
      ];
    case "concat":
      return bare(tf.layers.concatenate({ name, axis: -1 }));
    case "pool":
      return pool(node, context);
    case "global-pool":
      return bare(tf.layers.globalAveragePooling2d({ name }));
    case "flatten":
      return bare(tf.layers.flatten({ name }));
    case "dense": {
      const units = node.channels;
      return [
        {
          layer: tf.layers.dense({ name, units, useBias: node.bias, ...zeros }),
          weights: kernelAndBias(node),
        },
        ...activate(`${name}.activation`, node.activation),
      ];
    }
    case "dropout":
      return bare(tf.layers.dropout({ name, rate: node.rate }));
  }
}
