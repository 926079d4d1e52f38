import { inferValues, isNonNegative, outputsOf, validateBlueprint } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  EspalierError,
  type HostTensor,
  type InputNode,
  type NodeId,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { StockLayer } from "../nodes/node_op.ts";
import { activationLayer, bare, layerName } from "../nodes/stock_parts.ts";
import { nodeOp } from "../nodes/table.ts";
import { corrupt, modelIOHandler } from "./model_io_handler.ts";

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

/** The layers of every node. Called first, since it may throw while no weight exists yet. */
function layersOf(blueprint: Blueprint): readonly (readonly StockLayer[])[] {
  const nonNegative = new Set<NodeId>();
  const context = { ...inferValues(blueprint), nonNegative };
  const made = new Map<NodeId, readonly StockLayer[]>();
  for (const node of finished(blueprint).nodes) {
    if (isNodeNonNegative(node, nonNegative)) nonNegative.add(node.id);
    const { sharesWeightsOf: owner } = node;
    made.set(node.id, made.get(owner ?? "") ?? nodeOp(node).stock(node, context));
  }
  return [...made.values()];
}

type Value = tf.SymbolicTensor;

const through = (value: Value | Value[], layers: readonly StockLayer[]): Value =>
  layers.reduce<Value | Value[]>((x, { layer }) => layer.apply(x) as Value, value) as Value;

/** What enters, as an image, if it is no vector. */
function enter(node: InputNode): { readonly input: Value; readonly value: Value } {
  const name = layerName(node), { shape, rank = 3 } = node;
  const input = tf.input({ name, shape: shape.slice(3 - rank) });
  if (rank !== 2) return { input, value: input };
  const rows = tf.layers.reshape({ name: `${name}.rows`, targetShape: [...shape] });
  return { input, value: rows.apply(input) as Value };
}

function connect(
  blueprint: Blueprint,
  layers: readonly (readonly StockLayer[])[],
): tf.LayersModel {
  const { name, nodes } = blueprint;
  const { ranks, shapes } = inferValues(blueprint);
  const inputs: Value[] = [];
  const values = new Map<NodeId, Value>();
  nodes.forEach((node, i) => {
    if (node.op === "input") {
      const { input, value } = enter(node);
      inputs.push(input);
      values.set(node.id, value);
      return;
    }
    const sources = node.inputs.map((id) => values.get(id)!);
    values.set(node.id, through(sources.length > 1 ? sources : sources[0]!, layers[i]!));
    // TensorFlow.js counts calls of a layer, and a model's dispose() takes back one.
    if (node.sharesWeightsOf !== undefined) layers[i]!.forEach(({ layer }) => layer.dispose());
  });
  const outputs = outputsOf(blueprint).map(({ node, activation, layer }) => {
    const { width, channels } = shapes.get(node)!;
    const shape = { name: `${node.replaceAll("/", ".")}.sequence`, targetShape: [width, channels] };
    const rows = ranks.get(node) === 2 ? bare(tf.layers.reshape(shape)) : [];
    const last = layer === undefined
      ? []
      : activation === undefined
      ? bare(tf.layers.activation({ name: layer, activation: "linear" }))
      : bare(activationLayer(layer, activation));
    return through(values.get(node)!, [...rows, ...last]);
  });
  return tf.model({ name, inputs, outputs });
}

/** Nodes whose layers apply what the exported model alone does to their values. */
function finished(blueprint: Blueprint): Blueprint {
  const ends = new Map(
    outputsOf(blueprint).flatMap(({ node, activation, layer }) =>
      activation === undefined || layer !== undefined ? [] : [[node, activation] as const]
    ),
  );
  const nodes = blueprint.nodes.map((node) => {
    const activation = ends.get(node.id);
    return activation === undefined ? node : { ...node, activation } as BlueprintNode;
  });
  return { ...blueprint, nodes };
}

function weightOf(weights: Weights, name: string, shape: readonly (number | null)[]): HostTensor {
  const found = Object.hasOwn(weights, name) ? weights[name] : undefined;
  if (found !== undefined && found.shape.join() === shape.join()) return found;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot set the weight "${name}" as it has the shape [${shape}]: ` +
      `${found === undefined ? "it is missing" : `it is [${found.shape}]`}. ` +
      "Take the weights that belong to the blueprint.",
  );
}

function fill({ layer, weights: names }: StockLayer, weights: Weights): void {
  tf.tidy(() => {
    const tensors = layer.weights.map(({ shape }, i) => {
      const { values } = weightOf(weights, names[i]!, shape);
      return tf.tensor(values, shape as number[]);
    });
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
  validateBlueprint(blueprint);
  const layers = layersOf(blueprint);
  const model = connect(blueprint, layers);
  if (blueprint.metadata !== undefined) model.setUserDefinedMetadata(blueprint.metadata);
  try {
    for (const layer of layers.flat()) fill(layer, weights);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** What {@linkcode saveModel} wrote. */
export interface SavedFiles {
  /** The folder. */
  readonly path: string;
  /** Size of its files. */
  readonly bytes: number;
}

/**
 * Save a trained network as a folder of `model.json` and `weights.bin`, which plain
 * `tf.loadLayersModel` reads. Files are written under another name and renamed.
 *
 * @param network Blueprint and weights.
 * @param path The folder; made if it is missing.
 * @returns Where it is and how large.
 * @throws {EspalierError} As {@linkcode toLayersModel}; ERR_PERMISSION if the folder may not be
 * written.
 */
export async function saveModel(network: TrainedNetwork, path: string): Promise<SavedFiles> {
  const model = toLayersModel(network.blueprint, network.weights);
  try {
    const { modelArtifactsInfo } = await model.save(modelIOHandler(path));
    const { modelTopologyBytes = 0, weightDataBytes = 0 } = modelArtifactsInfo;
    return { path, bytes: modelTopologyBytes + weightDataBytes };
  } finally {
    model.dispose();
  }
}

/**
 * Load a model that {@linkcode saveModel} wrote.
 *
 * @param path The folder.
 * @returns The model; the caller disposes it.
 * @throws {EspalierError} ERR_MODEL_CORRUPT if a file is missing or damaged; ERR_PERMISSION if
 * it may not be read.
 */
export async function loadModel(path: string): Promise<tf.LayersModel> {
  try {
    return await tf.loadLayersModel(modelIOHandler(path));
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    throw corrupt(path, error instanceof Error ? error.message : String(error), error);
  }
}

/**
 * Load a network that {@linkcode saveModel} wrote, as plain data.
 *
 * @param path The folder.
 * @param blueprint What was saved.
 * @returns Blueprint and weights.
 * @throws {EspalierError} As {@linkcode loadModel}; also ERR_MODEL_CORRUPT if the model is not the
 * network of the blueprint.
 */
export async function loadNetwork(path: string, blueprint: Blueprint): Promise<TrainedNetwork> {
  const model = await loadModel(path);
  try {
    const entries = layersOf(blueprint).flat().flatMap(({ layer: { name }, weights: names }) => {
      const found = model.layers.find((layer) => layer.name === name);
      if (found === undefined || found.weights.length !== names.length) {
        throw corrupt(path, `it is not the network "${blueprint.name}": layer "${name}" differs`);
      }
      return found.weights.map((weight, i) =>
        [names[i]!, {
          shape: weight.shape as number[],
          values: weight.read().dataSync<"float32">().slice(),
        }] as const
      );
    });
    return { blueprint, weights: Object.fromEntries(entries) };
  } finally {
    model.dispose();
  }
}
