import {
  channelsName,
  costOf,
  fixedWidths,
  layerOf,
  macs,
  validateBlueprint,
} from "@espalier/blueprint";
import {
  type Blueprint,
  checkOptions,
  type OpaqueNode,
  type OptionFields,
  type TrainedNetwork,
} from "@espalier/core";
import type { LayersModel } from "@tensorflow/tfjs";
import * as z from "zod";
import { assemble, type WeightPlace } from "./assemble.ts";
import { clean } from "./clean.ts";
import { damaged } from "./fault.ts";
import { type FlatModel, flatten } from "./flatten.ts";
import { fuse } from "./fuse.ts";
import { readModel } from "./model_file.ts";
import { trainOnly } from "./train_only.ts";
import { WeightFinder, weightsFrom } from "./weights.ts";

/** What {@linkcode importModel} takes besides the source. */
export interface ImportOptions {
  /**
   * Shapes of examples, by name of the input, where the model leaves a size open:
   * `{ input_1: [224, 224, 3] }`.
   */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>> | undefined;
  /**
   * Layers that only TensorFlow.js knows and that are trained with the others: names, in which `*`
   * stands for any letters. The rest of them keeps the weights that it has.
   *
   * @default {[]}
   */
  readonly trainOpaque?: readonly string[] | undefined;
}

const optionsSchema = z.strictObject(
  {
    inputShapes: z.record(z.string(), z.array(z.int().positive())).optional(),
    trainOpaque: z.array(z.string()).optional(),
  } satisfies OptionFields<ImportOptions>,
);

/** A model of somebody else as plain data. */
export interface ImportedNetwork extends TrainedNetwork {
  /** What its owner should know: layers that were left out, and that TensorFlow.js runs. */
  readonly notes: readonly string[];
}

/**
 * Import a trained model of layers, as Keras 2, Keras 3 and TensorFlow.js write it. Nested models are
 * taken apart, quantised weights made floats; softmax and sigmoid at the end become the blueprint's
 * `outputs`, so that its values are logits.
 *
 * @param source Path or URL of its `model.json`, or a `tf.LayersModel` in hand.
 * @param options Sizes that the model leaves open; what is trained of layers that TensorFlow.js runs.
 * @returns Blueprint, weights and notes.
 * @throws {EspalierError} ERR_IMPORT_UNSUPPORTED, which names the layer and its class;
 * ERR_MODEL_CORRUPT for files that are missing, cut or do not belong together; ERR_PERMISSION;
 * ERR_CONFIG_INVALID for options that name no layer.
 */
export async function importModel(
  source: string | URL | LayersModel,
  options: ImportOptions = {},
): Promise<ImportedNetwork> {
  checkOptions(optionsSchema, options, { subject: "importModel()" });
  const { inputShapes = {}, trainOpaque = [] } = options;
  const file = await readModel(source);
  const { place } = file;
  const { model, writer } = clean(file);
  const flat = flattened(model, place);
  const layers = [...new Set(flat.calls.map(({ layer }) => layer))];
  const finder = new WeightFinder(file.weights, layers);
  const { nodes, weights: places, values, skipped } = assemble(flat, {
    ...{ place, writer, inputShapes },
    find: (layer, name) => finder.find(layer, [name]),
  });
  const ends = flat.outputs.map((call, i) => ({
    node: values.get(call)!,
    name: flat.outputNames[i]!,
  }));
  const fused = fuse(nodes, ends);
  const blueprint: Blueprint = {
    name: model.name,
    nodes: trainOnly(trainOpaque, { name: model.name, nodes: fused.nodes }),
    stages: [],
    output: fused.outputs[0]!.node,
    outputs: fused.outputs,
    ...(file.metadata !== undefined && { metadata: file.metadata }),
  };
  validateBlueprint(blueprint);
  const weights = weightsFrom(blueprint, {
    places: places.map((each) => renamed(each, fused.moved)),
    finder,
    file: place,
  });
  const notes = [
    ...skipped.map(({ path, className }) =>
      `"${path.join("/")}" (${className}) does nothing in a model that serves and was left out.`
    ),
    ...blueprint.nodes.flatMap((node) => node.op === "opaque" ? [opaqueNote(node, blueprint)] : []),
  ];
  return { blueprint, weights, notes };
}

/** Names an opaque layer, whether it is trained, and the layers that keep their channels because of it. */
function opaqueNote({ source, id, className, trained }: OpaqueNode, blueprint: Blueprint): string {
  const kept = fixedWidths(blueprint, { residual: "tie" })
    .filter(({ why }) => why.includes(`"${id}" (${className}) reads it`))
    .map(({ node }) => node);
  const { total, byNode } = costOf(blueprint, {
    ...{ name: "macs", unit: "multiply-adds", cost: macs },
  });
  const layers = new Set([id, ...kept.map(layerOf)]);
  const own = [...layers].reduce((sum, layer) => sum + byNode[layer]!, 0);
  return `"${
    source?.path ?? source?.layer ?? id
  }" (${className}) is run by TensorFlow.js as it is, ` +
    `${trained.length > 0 ? "trained with the rest" : "not trained"}. ` +
    `Its channels stay${
      kept.length > 0 ? `, and those of "${kept.map(channelsName).join('", "')}"` : ""
    }: ` +
    `${Math.round(100 * own / Math.max(total, 1))} % of the multiply-adds.`;
}

function flattened(model: Parameters<typeof flatten>[0], place: string): FlatModel {
  try {
    return flatten(model);
  } catch (error) {
    throw damaged(place, error instanceof Error ? error.message : String(error), error);
  }
}

/** The place of a weight whose node became part of another. */
function renamed(place: WeightPlace, moved: ReadonlyMap<string, string>): WeightPlace {
  const node = [...moved.keys()].find((id) => place.name.startsWith(`${id}/`));
  return node === undefined
    ? place
    : { ...place, name: moved.get(node)! + place.name.slice(node.length) };
}
