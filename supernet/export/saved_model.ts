import {
  type Blueprint,
  checkOptions,
  type OptionFields,
  type TrainedNetwork,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import * as z from "zod";
import { parameterSpecs } from "../parameters.ts";
import { checkNetwork } from "./check_network.ts";
import { countOnce, flat, layersOf, toLayersModel } from "./layers_model.ts";
import { corrupt, modelIOHandler } from "./model_io_handler.ts";
import type { Quantization } from "./quantize.ts";

/** What {@linkcode saveModel} wrote. */
export interface SavedFiles {
  /** The folder. */
  readonly path: string;
  /** Size of its files. */
  readonly bytes: number;
}

/** What {@linkcode saveModel} takes besides. */
export interface SaveOptions {
  /**
   * In how few bytes weights are stored: about half of them, or a quarter.
   *
   * @default 32-bit floats
   */
  readonly quantize?: Quantization | undefined;
}

const part = z.looseObject({});
const saveSchemas = {
  // A network may have more, as notes of an import.
  network: z.object(
    { blueprint: part, weights: part, path: z.string().min(1) } satisfies OptionFields<
      TrainedNetwork & { readonly path: string }
    >,
  ),
  options: z.strictObject(
    { quantize: z.enum(["float16", "uint8"]).optional() } satisfies OptionFields<SaveOptions>,
  ),
};

/**
 * Save a trained network as a folder of `model.json` and `weights.bin`, which plain
 * `tf.loadLayersModel` reads. Files are written under another name and renamed.
 *
 * @param network Blueprint and weights.
 * @param path The folder; made if it is missing.
 * @param options How weights are stored.
 * @returns Where it is and how large.
 * @throws {EspalierError} As {@linkcode toLayersModel}; ERR_CONFIG_INVALID for what is no network or
 * path; ERR_PERMISSION if the folder may not be written; ERR_DISK_FULL, ERR_PATH_INVALID or
 * ERR_FILE_FAILED if it cannot.
 */
export async function saveModel(
  network: TrainedNetwork,
  path: string,
  options: SaveOptions = {},
): Promise<SavedFiles> {
  checkOptions(saveSchemas.network, { ...network, path }, { subject: "saveModel()" });
  checkOptions(saveSchemas.options, options, { subject: "saveModel()" });
  const model = toLayersModel(network.blueprint, network.weights);
  try {
    const { modelArtifactsInfo } = await model.save(modelIOHandler(path, options));
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
  const artifacts = await modelIOHandler(path).load!();
  const { registeredVariables } = tf.engine().state;
  const before = new Set(Object.values(registeredVariables));
  // TensorFlow.js leaves what it has where it fails. It waits for nothing but itself until then.
  tf.engine().startScope();
  try {
    const model = await tf.loadLayersModel({ load: () => Promise.resolve(artifacts) });
    model.layers.forEach(countOnce);
    return model;
  } catch (error) {
    // Variables of layers are named `<layer>/<weight>`, others are not.
    const made = Object.entries(registeredVariables)
      .filter(([name, variable]) => name.includes("/") && !before.has(variable));
    tf.dispose(made.map(([, variable]) => variable));
    throw corrupt(path, error instanceof Error ? error.message : String(error), error);
  } finally {
    tf.engine().endScope();
  }
}

/** Values of a loaded weight, which a network cannot compute with unless all are finite. */
function finite(
  values: Float32Array,
  { path, name }: { readonly path: string; readonly name: string },
): Float32Array {
  const flaw = values.find((value) => !Number.isFinite(value));
  if (flaw === undefined) return values;
  throw corrupt(path, `the weight "${name}" holds ${flaw}`);
}

/**
 * Load a network that {@linkcode saveModel} wrote, as plain data.
 *
 * @param path The folder.
 * @param blueprint What was saved.
 * @returns Blueprint and weights.
 * @throws {EspalierError} As {@linkcode loadModel}; also ERR_MODEL_CORRUPT, with the first difference, if the
 * model is not the network of the blueprint, or a weight is not finite.
 */
export async function loadNetwork(path: string, blueprint: Blueprint): Promise<TrainedNetwork> {
  const model = await loadModel(path);
  try {
    const layers = flat(layersOf(blueprint));
    checkNetwork(model, { path, blueprint, layers });
    const shapes = new Map(parameterSpecs(blueprint).map(({ name, shape }) => [name, shape]));
    const entries = layers.flatMap(({ layer: { name }, weights: names }) =>
      model.getLayer(name).weights.map((weight, i) =>
        [names[i]!, {
          shape: shapes.get(names[i]!)!,
          values: finite(weight.read().dataSync<"float32">().slice(), { path, name: weight.name }),
        }] as const
      )
    );
    return { blueprint, weights: Object.fromEntries(entries) };
  } finally {
    model.dispose();
  }
}
