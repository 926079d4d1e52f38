/**
 * The files of a model: topology and weights, from a folder, a URL or a model in hand.
 *
 * @module
 */
import { fileError, files, isMissing } from "@espalier/core/run";
import type { io, LayersModel } from "@tensorflow/tfjs";
import { damaged, unsupported } from "./fault.ts";
import type { Json } from "./json.ts";
import { decodeWeights, type NamedWeight, type WeightEntry } from "./decode_weights.ts";

/** A model as it was read. */
export interface ModelFile {
  /** Where it comes from, for messages. */
  readonly place: string;
  /** Layers and how they are connected, in the form of whoever wrote it. */
  readonly topology: Json;
  /** Weights in the order of the file. */
  readonly weights: readonly NamedWeight[];
  /** What its author stored beside it. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

interface ModelJson {
  readonly format?: string;
  readonly modelTopology?: Json;
  readonly userDefinedMetadata?: Record<string, unknown>;
  readonly weightsManifest?: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly WeightEntry[];
  }[];
}

/**
 * Read a model.
 *
 * @param source Path or URL of its `model.json`, or a `tf.LayersModel`.
 * @returns Topology and weights.
 */
export function readModel(source: string | URL | LayersModel): Promise<ModelFile> {
  if (typeof source === "string" || source instanceof URL) return readFiles(source);
  return fromMemory(source);
}

async function fromMemory(model: LayersModel): Promise<ModelFile> {
  let artifacts: io.ModelArtifacts | undefined;
  await model.save({
    save: (given) => {
      artifacts = given;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" },
      });
    },
  });
  const { modelTopology, weightSpecs = [], weightData = [], userDefinedMetadata } = artifacts!;
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const place = `model "${model.name}"`;
  return {
    place,
    topology: modelTopology as Json,
    weights: decodeWeights(weightSpecs as readonly WeightEntry[], { bytes, place }),
    metadata: userDefinedMetadata as Record<string, unknown> | undefined,
  };
}

async function readFiles(source: string | URL): Promise<ModelFile> {
  const place = `"${source}"`;
  const file = parse(new TextDecoder().decode(await read(source, place)), place);
  const { modelTopology, weightsManifest } = file;
  if (file.format === "graph-model" || (modelTopology && "node" in modelTopology)) {
    throw unsupported(
      place,
      "only layers models can be: it is a GraphModel, whose layers are gone",
      "Convert the original with --output_format tfjs_layers_model",
    );
  }
  if (modelTopology === undefined || weightsManifest === undefined) {
    throw damaged(place, "it has no modelTopology or no weightsManifest");
  }
  const groups = weightsManifest.map(async ({ paths, weights }) => {
    const shards = await Promise.all(
      paths.map((path) => read(beside(source, path), `shard "${path}" of ${place}`)),
    );
    const bytes = new Uint8Array(await new Blob(shards).arrayBuffer());
    return decodeWeights(weights, { bytes, place });
  });
  return {
    place,
    topology: modelTopology,
    weights: (await Promise.all(groups)).flat(),
    metadata: file.userDefinedMetadata,
  };
}

function parse(text: string, place: string): ModelJson {
  try {
    const file = JSON.parse(text);
    return typeof file.modelTopology === "string"
      ? { ...file, modelTopology: JSON.parse(file.modelTopology) }
      : file;
  } catch (error) {
    throw damaged(place, "it is no JSON", error);
  }
}

const isRemote = (source: string | URL): boolean => /^https?:/.test(String(source));

/** A file in the folder of another. */
function beside(source: string | URL, path: string): string | URL {
  if (isRemote(source) || source instanceof URL) return new URL(path, source);
  return source.replace(/[^/\\]*$/, "") + path;
}

async function read(source: string | URL, thing: string): Promise<Uint8Array<ArrayBuffer>> {
  if (isRemote(source)) {
    const response = await fetch(source);
    if (!response.ok) throw damaged(thing, `the server answers ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  try {
    return new Uint8Array(await (await files()).readFile(source));
  } catch (error) {
    if (isMissing(error)) throw damaged(thing, `"${source}" is missing`, error);
    throw fileError(error, "read", String(source));
  }
}
