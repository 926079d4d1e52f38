import { inferValues, isNonNegative, outputsOf, validateBlueprint } from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  InputNode,
  NodeId,
  OutputSpec,
  Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { inputShape } from "../nodes/input.ts";
import type { StockLayer } from "../nodes/node_op.ts";
import { activationLayer, bare, layerName } from "../nodes/stock_parts.ts";
import { nodeOp } from "../nodes/table.ts";
import { checkWeights } from "./check_weights.ts";

/** What gives nothing below zero where it reads nothing below. */
const NON_NEGATIVE: readonly BlueprintNode["op"][] = [
  ...["add", "merge", "concat", "pool", "global-pool", "pad", "crop", "upsample"] as const,
  ...["reshape", "flatten", "dropout"] as const,
];

function isNodeNonNegative(node: BlueprintNode, known: ReadonlySet<NodeId>): boolean {
  if ("activation" in node && node.activation !== undefined) {
    return isNonNegative(node.activation);
  }
  const passes = new Set<BlueprintNode["op"]>(NON_NEGATIVE).has(node.op);
  return passes && node.inputs.every((id) => known.has(id));
}

/** The layers of a model. */
export interface ModelLayers {
  /** Of each node. */
  readonly nodes: readonly (readonly StockLayer[])[];
  /** Behind the node of each output. */
  readonly outputs: readonly (readonly StockLayer[])[];
}

/** All layers of a model, each once: nodes may share theirs. */
export const flat = ({ nodes, outputs }: ModelLayers): readonly StockLayer[] => [
  ...new Set([nodes, outputs].flat(2)),
];

/** All layers. Called first, since it may throw while no weight exists yet. */
export function layersOf(blueprint: Blueprint): ModelLayers {
  validateBlueprint(blueprint);
  const nonNegative = new Set<NodeId>();
  const context = { ...inferValues(blueprint), nonNegative };
  const made = new Map<NodeId, readonly StockLayer[]>();
  for (const node of finished(blueprint).nodes) {
    if (isNodeNonNegative(node, nonNegative)) nonNegative.add(node.id);
    const { sharesWeightsOf: owner } = node;
    made.set(node.id, made.get(owner ?? "") ?? nodeOp(node).stock(node, context));
  }
  const outputs = outputsOf(blueprint).map((output) => outputLayers(blueprint, output));
  return { nodes: [...made.values()], outputs };
}

/** An activation that is a layer of its own. */
function outputLayers(blueprint: Blueprint, output: OutputSpec): StockLayer[] {
  const { node, activation, layer } = output;
  const isApart = activation !== undefined && !isInside(blueprint, output);
  const name = layer ?? `${node.replaceAll("/", ".")}.activation`;
  return [
    ...isApart ? bare(activationLayer(name, activation)) : [],
    ...activation === undefined && layer !== undefined
      ? bare(tf.layers.activation({ name: layer, activation: "linear" }))
      : [],
  ];
}

/** What a stock layer is. */
export interface StockLayerInfo {
  /** Its name. */
  readonly name: string;
  /** Its class, as in `Conv2D`. */
  readonly className: string;
  /** Activation that it applies itself, as in `hardSigmoid`; absent if its class has none. */
  readonly activation?: string;
  /** How it interpolates, as in `bilinear`; absent if it does not. */
  readonly interpolation?: string;
}

/**
 * The layers of which {@linkcode toLayersModel} would build a network: to see before any work whether
 * it can, and whether another format can hold them.
 *
 * @param blueprint The network.
 * @returns All but the inputs, in the order of the nodes.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID; ERR_EXPORT_UNSUPPORTED if stock layers cannot
 * express a node exactly.
 */
export function stockLayersOf(blueprint: Blueprint): readonly StockLayerInfo[] {
  return flat(layersOf(blueprint)).map(({ layer }) => {
    const { activation, interpolation } = layer.getConfig();
    return {
      name: layer.name,
      className: layer.getClassName(),
      ...typeof activation === "string" && { activation },
      ...typeof interpolation === "string" && { interpolation },
    };
  });
}

type Value = tf.SymbolicTensor;

const through = (value: Value | Value[], layers: readonly StockLayer[]): Value =>
  layers.reduce<Value | Value[]>((x, { layer }) => layer.apply(x) as Value, value) as Value;

const enter = (node: InputNode): Value =>
  tf.input({ name: layerName(node), shape: [...inputShape(node)] });

/** TensorFlow.js counts the calls of a layer; the dispose() of a model takes back one. */
export function countOnce(layer: tf.layers.Layer): void {
  for (let call = 1; call < layer.inboundNodes.length; call++) layer.dispose();
}

function connect(blueprint: Blueprint, layers: ModelLayers): tf.LayersModel {
  const { name, nodes } = blueprint;
  const inputs: Value[] = [];
  const values = new Map<NodeId, Value>();
  nodes.forEach((node, i) => {
    if (node.op === "input") inputs.push(enter(node));
    const sources = node.inputs.map((id) => values.get(id)!);
    const start = node.op === "input" ? inputs.at(-1)! : sources.length > 1 ? sources : sources[0]!;
    values.set(node.id, through(start, layers.nodes[i]!));
  });
  new Set(layers.nodes.flat().map(({ layer }) => layer)).forEach(countOnce);
  const outputs = outputsOf(blueprint).map(({ node }, i) =>
    through(values.get(node)!, layers.outputs[i]!)
  );
  return tf.model({ name, inputs, outputs });
}

/** Ops whose layers apply an activation. */
const ACTIVATING: readonly BlueprintNode["op"][] = ["conv", "dense", "depthwise-conv"];

/** Whether the layer of an output's node applies its activation: no other node reads it. */
function isInside({ nodes }: Blueprint, { node: id, activation, layer }: OutputSpec): boolean {
  if (activation === undefined || layer !== undefined) return false;
  const node = nodes.find((one) => one.id === id)!;
  const isFree = !("activation" in node) || node.activation === undefined;
  return isFree && ACTIVATING.includes(node.op) &&
    !nodes.some(({ inputs, sharesWeightsOf }) => inputs.includes(id) || sharesWeightsOf === id);
}

/** Nodes whose layers apply what the exported model alone does to their values. */
function finished(blueprint: Blueprint): Blueprint {
  const ends = new Map(
    outputsOf(blueprint).flatMap((output) =>
      isInside(blueprint, output) ? [[output.node, output.activation!] as const] : []
    ),
  );
  const nodes = blueprint.nodes.map((node) => {
    const activation = ends.get(node.id);
    return activation === undefined ? node : { ...node, activation } as BlueprintNode;
  });
  return { ...blueprint, nodes };
}

function fill({ layer, weights: names }: StockLayer, weights: Weights): void {
  tf.tidy(() => {
    const tensors = layer.weights.map(({ shape }, i) =>
      tf.tensor(weights[names[i]!]!.values, shape as number[])
    );
    layer.setWeights(tensors);
  });
}

/**
 * Export a trained network as a model of stock layers, which any TensorFlow.js or Keras can serve.
 * Layers have the names that their author gave them, if there was one; else those of the nodes, with
 * `.` for `/`, and parts of a unit are `<node>.pad`, `<node>.norm` and `<node>.activation`.
 *
 * @param blueprint The network.
 * @param weights Its weights and moving statistics by name.
 * @returns The model, which takes `inputsOf` and gives `outputsOf`; the caller disposes it.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID; ERR_CONFIG_INVALID if a weight is missing or of
 * another shape; ERR_EXPORT_UNSUPPORTED if stock layers cannot express a node exactly.
 */
export function toLayersModel(blueprint: Blueprint, weights: Weights): tf.LayersModel {
  const layers = layersOf(blueprint);
  checkWeights({ blueprint, weights });
  const model = connect(blueprint, layers);
  if (blueprint.metadata !== undefined) model.setUserDefinedMetadata(blueprint.metadata);
  for (const layer of flat(layers)) fill(layer, weights);
  return model;
}
