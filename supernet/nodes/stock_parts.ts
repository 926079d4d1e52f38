import { weightsOf } from "@espalier/blueprint";
import {
  type Activation,
  type ActivationName,
  type BlueprintNode,
  EspalierError,
  type NodeBase,
  type NormSpec,
  type Padding,
  type Shape,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { StockContext, StockLayer } from "./node_op.ts";

/**
 * Name of the layer of a node, or of one that belongs to it: what its author gave, else the node's with
 * `.` for `/`, as Keras refuses a slash; no node id holds a dot.
 */
export function layerName(
  { id, source }: Pick<NodeBase, "id" | "source">,
  part?: "pad" | "norm" | "activation",
): string {
  const given = part === "norm" || part === "activation" ? source?.[part] : undefined;
  const own = source?.layer ?? id.replaceAll("/", ".");
  return given ?? (part === undefined ? own : `${own}.${part}`);
}

/** A layer without weights. */
export const bare = (layer: tf.layers.Layer): StockLayer[] => [{ layer, weights: [] }];

/** A layer with the kernel and the bias of a node. */
export function kernelLayer(node: BlueprintNode, layer: tf.layers.Layer): StockLayer {
  const own = weightsOf(node).filter(({ name }) => name === "kernel" || name === "bias");
  return { layer, weights: own.map(({ name }) => `${node.id}/${name}`) };
}

/** Whether a node reads a sequence. */
export const readsSequence = ({ inputs }: NodeBase, { ranks }: StockContext): boolean =>
  ranks.get(inputs[0]!) === 2;

/** Layers that TensorFlow.js has for images alone: around a sequence, reshapes give it one row. */
export function imageLayers(
  layers: readonly StockLayer[],
  { node, context, to = context.shapes.get(node.id)! }: {
    readonly node: NodeBase;
    readonly context: StockContext;
    /** What leaves the layers. */
    readonly to?: Pick<Shape, "width" | "channels">;
  },
): readonly StockLayer[] {
  if (layers.length === 0 || !readsSequence(node, context)) return layers;
  const { width, channels } = context.shapes.get(node.inputs[0]!)!;
  const shaped = (part: string, targetShape: number[]) =>
    bare(tf.layers.reshape({ name: `${layers[0]!.layer.name}.${part}`, targetShape }));
  return [
    ...shaped("rows", [1, width, channels]),
    ...layers,
    ...shaped("sequence", [to.width, to.channels]),
  ];
}

/** Zeros around an image, if there are any. */
export function zerosAround(node: NodeBase, [top, bottom, left, right]: Padding): StockLayer[] {
  if (top + bottom + left + right === 0) return [];
  const padding: [[number, number], [number, number]] = [[top, bottom], [left, right]];
  return bare(tf.layers.zeroPadding2d({ name: layerName(node, "pad"), padding }));
}

/** Zeros in front of a layer that works on images and sequences. */
export function stockPad(
  node: NodeBase,
  zeros: Padding,
  context: StockContext,
): readonly StockLayer[] {
  const { width, channels } = context.shapes.get(node.inputs[0]!)!;
  const to = { width: width + zeros[2] + zeros[3], channels };
  return imageLayers(zerosAround(node, zeros), { node, context, to });
}

type Activated = NodeBase & { readonly activation?: Activation; readonly norm?: NormSpec };

/** The activation of an author's layer that applies it itself, as a setting of that layer. */
export function ownActivation(
  node: Activated,
): { readonly activation?: "elu" } {
  const { source, norm, activation } = node;
  const isOwn = source !== undefined && source.activation === undefined && norm === undefined &&
    typeof activation === "string";
  return isOwn ? { activation: stockName(layerName(node), activation) } : {};
}

/** The layer of a node's activation, if it needs one. */
export function stockActivation(node: Activated): StockLayer[] {
  const { activation } = node;
  if (activation === undefined || ownActivation(node).activation !== undefined) return [];
  return bare(activationLayer(layerName(node, "activation"), activation));
}

/** An activation as a layer. */
export function activationLayer(name: string, activation: Activation): tf.layers.Layer {
  if (activation === "relu") return tf.layers.reLU({ name });
  if (activation === "relu6") return tf.layers.reLU({ name, maxValue: 6 });
  if (typeof activation === "string") {
    return tf.layers.activation({ name, activation: stockName(name, activation) });
  }
  const { max, slope = 0, threshold = 0 } = activation;
  if (slope === 0 && threshold === 0) {
    return tf.layers.reLU({ name, ...(max && { maxValue: max }) });
  }
  if (max === undefined && threshold === 0) return tf.layers.leakyReLU({ name, alpha: slope });
  if (max === undefined && slope === 0) {
    return tf.layers.thresholdedReLU({ name, theta: threshold });
  }
  throw new EspalierError(
    "ERR_EXPORT_UNSUPPORTED",
    `Cannot write "${name}" in stock layers as a ReLU there has one parameter: ` +
      `it has ${JSON.stringify(activation)}. Use one of max, slope and threshold.`,
  );
}

/** Functions that TensorFlow.js calls otherwise. */
const STOCK_NAMES: Partial<Record<ActivationName, "elu">> = {
  "hard-sigmoid": "hardSigmoid" as "elu",
  "log-softmax": "logSoftmax" as "elu",
};

function stockName(layer: string, activation: ActivationName): "elu" {
  if (activation !== "gelu-tanh") return STOCK_NAMES[activation] ?? activation as "elu";
  throw new EspalierError(
    "ERR_EXPORT_UNSUPPORTED",
    `Cannot write "${layer}" in stock layers as TensorFlow.js must load what it saves: ` +
      "it does not know its own gelu_new by the name that it stores. Use gelu.",
  );
}

/** The batch norm of a node, if it has one. */
export function stockNorm(
  node: BlueprintNode & { readonly norm?: NormSpec },
  name: string,
): StockLayer[] {
  if (node.norm === undefined) return [];
  const own = weightsOf(node).filter(({ name }) => name.startsWith("norm/"));
  return [{
    layer: tf.layers.batchNormalization({ name, axis: -1, ...node.norm }),
    weights: own.map(({ name }) => `${node.id}/${name}`),
  }];
}
