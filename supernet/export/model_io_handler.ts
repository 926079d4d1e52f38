import { EspalierError } from "@espalier/core";
import { fileError, files, isMissing, prepareFolder, sha256, writeWhole } from "@espalier/core/run";
import type { io } from "@tensorflow/tfjs";

/** `model.json`, as TensorFlow.js writes it. */
interface ModelFile extends io.ModelJSON {
  /** Digest of the weights that belong to this file. */
  readonly userDefinedMetadata?: { readonly weightsDigest?: string };
}

/** The error for a model folder that cannot be read. */
export function corrupt(path: string, state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_MODEL_CORRUPT",
    `Cannot load the model in "${path}" as its files must be whole: ${state}. Save it again.`,
    { cause },
  );
}

async function read(path: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await files();
  try {
    return new Uint8Array(await readFile(`${path}/${name}`));
  } catch (error) {
    if (isMissing(error)) throw corrupt(path, `there is no ${name}`, error);
    throw fileError(error, "read", `${path}/${name}`);
  }
}

function parse(path: string, bytes: Uint8Array): ModelFile {
  try {
    const file: ModelFile = JSON.parse(new TextDecoder().decode(bytes));
    if (Array.isArray(file.weightsManifest) && file.modelTopology !== undefined) return file;
  } catch (error) {
    throw corrupt(path, "model.json is no JSON", error);
  }
  throw corrupt(path, "model.json describes no model");
}

async function load(path: string): Promise<io.ModelArtifacts> {
  const file = parse(path, await read(path, "model.json"));
  const weights = await read(path, "weights.bin");
  const digest = file.userDefinedMetadata?.weightsDigest;
  // This also detects weights of another save, left by a process that died between the two files.
  if (digest !== undefined && digest !== await sha256(weights)) {
    throw corrupt(path, "weights.bin is cut, damaged or of another model");
  }
  const { weightsManifest, ...artifacts } = file;
  return {
    ...artifacts,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer,
  };
}

async function save(path: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  const weights = new Uint8Array(await new Blob(parts).arrayBuffer());
  const file = JSON.stringify({
    ...rest,
    userDefinedMetadata: { ...rest.userDefinedMetadata, weightsDigest: await sha256(weights) },
    weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }],
  });
  await prepareFolder(path);
  await writeWhole(`${path}/weights.bin`, weights);
  await writeWhole(`${path}/model.json`, file);
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: "JSON",
      modelTopologyBytes: new TextEncoder().encode(file).length,
      weightDataBytes: weights.length,
    },
  };
}

/**
 * Reads and writes a model as a folder of `model.json` and `weights.bin`, for
 * `tf.loadLayersModel(handler)` and `model.save(handler)`. A file is written under another name and
 * renamed.
 * It needs `node:fs` (Deno, Node); a browser has handlers of its own.
 *
 * @param path The folder.
 * @returns The handler; it throws ERR_MODEL_CORRUPT and ERR_PERMISSION.
 */
export function modelIOHandler(path: string): io.IOHandler {
  return { load: () => load(path), save: (artifacts) => save(path, artifacts) };
}
