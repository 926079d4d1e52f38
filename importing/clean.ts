/**
 * One form of topology for all who write models: Keras 2 since 2018, Keras 3, TensorFlow.js.
 *
 * @module
 */
import { damaged } from "./fault.ts";
import { isObject, type Json } from "./json.ts";
import type { ModelFile } from "./model_file.ts";

/** A value: the tensor that a layer gave in one of its calls. */
export interface Reference {
  /** Name of the layer. */
  readonly layer: string;
  /** Which call, from 0. */
  readonly call: number;
  /** Which of the tensors that it gave. */
  readonly tensor: number;
}

/** A layer, or a model inside another. */
export interface LayerConfig {
  /** Its class. */
  readonly className: string;
  /** Its name. */
  readonly name: string;
  /** Its settings. */
  readonly config: Json;
  /** What it reads, call by call. */
  readonly calls: readonly (readonly Reference[])[];
  /** What it is made of, if it is a model. */
  readonly model?: ModelConfig;
}

/** A model of layers. */
export interface ModelConfig {
  /** Its name. */
  readonly name: string;
  /** Its layers; those of a Sequential in their order. */
  readonly layers: readonly LayerConfig[];
  /** What enters; absent for a Sequential, whose layers follow each other. */
  readonly ends?: { readonly inputs: readonly Reference[]; readonly outputs: readonly Reference[] };
}

/** A cleaned topology. */
export interface Topology {
  /** The model. */
  readonly model: ModelConfig;
  /** Who wrote it: functions of one name differ in places. */
  readonly writer: Writer;
}

/** Who writes models: Keras up to 2.3, which stood alone, that of TensorFlow, Keras 3, TensorFlow.js. */
export type Writer = "keras1" | "keras2" | "keras3" | "tensorflow.js";

/** The Keras of TensorFlow 1.13 calls itself 2.2.4-tf as those of 1.14 to 2.1 do, and is taken for one. */
function writerOf(root: Json, version: string): Writer {
  if (/^3\./.test(version) || JSON.stringify(root).includes('"batch_shape"')) return "keras3";
  if (version.startsWith("tfjs")) return "tensorflow.js";
  return /^(1\.|2\.[0-3]\.\d+$)/.test(version) ? "keras1" : "keras2";
}

const MODELS = new Set(["Model", "Functional", "Sequential"]);

/**
 * Clean the topology of a model file.
 *
 * @param file What was read.
 * @returns The model in one form.
 * @throws {EspalierError} ERR_MODEL_CORRUPT if it is no model of layers.
 */
export function clean({ topology, place }: ModelFile): Topology {
  const root = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  const writer = writerOf(root, String(topology["keras_version"] ?? root["keras_version"] ?? ""));
  if (!MODELS.has(String(root["class_name"]))) {
    throw damaged(place, `its topology is ${root["class_name"] ?? "no model"}`);
  }
  try {
    return { model: modelOf(root, writer === "keras3"), writer };
  } catch (error) {
    throw damaged(place, error instanceof Error ? error.message : String(error), error);
  }
}

function modelOf(json: Json, isKeras3: boolean): ModelConfig {
  const given = json["config"];
  const config = isObject(given) ? given : {};
  const list = (Array.isArray(given) ? given : config["layers"]) as Json[];
  const name = String(config["name"] ?? "model");
  const layers = list.map((layer) => layerOf(layer, isKeras3));
  if (json["class_name"] === "Sequential") return { name, layers };
  return {
    name,
    layers,
    ends: { inputs: endsOf(config["input_layers"]), outputs: endsOf(config["output_layers"]) },
  };
}

function layerOf(json: Json, isKeras3: boolean): LayerConfig {
  const className = String(json["class_name"]);
  const config = isObject(json["config"]) ? json["config"] : {};
  const nodes = (json["inbound_nodes"] ?? []) as unknown[];
  const calls = nodes.map(referencesIn);
  const name = String(json["name"] ?? config["name"]);
  if (!MODELS.has(className)) return { className, name, config, calls };
  const model = modelOf(json, isKeras3);
  // Its first call is its own making, which Keras 2 counts and does not write down.
  const made = isKeras3 ? [] : [[]];
  const own = json["name"] === undefined ? model.name : name;
  return { className, name: own, config, calls: [...made, ...calls], model };
}

/** All values in the arguments of a call, in their order, in the form of any writer. */
function referencesIn(node: unknown): Reference[] {
  if (Array.isArray(node)) {
    const [layer, call, tensor] = node;
    return typeof layer === "string" && typeof call === "number"
      ? [{ layer, call, tensor: Number(tensor) }]
      : node.flatMap(referencesIn);
  }
  if (!isObject(node)) return [];
  if (node["class_name"] === "__keras_tensor__") {
    const { keras_history: history } = node["config"] as { keras_history: unknown };
    return referencesIn(history);
  }
  return referencesIn([node["args"] ?? [], Object.values(node["kwargs"] ?? {})]);
}

/** Inputs or outputs: one reference, or a list of them. */
const endsOf = (ends: unknown): Reference[] => referencesIn(Array.isArray(ends) ? ends : []);
