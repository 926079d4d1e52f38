import { EspalierError } from "@espalier/core";
import { fileError, files, isMissing, prepareFolder, sha256, writeWhole } from "@espalier/core/run";
import type { io } from "@tensorflow/tfjs";
import { type Quantization, quantizeWeights } from "./quantize.ts";

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
    const failure = fileError(error, "read", `${path}/${name}`);
    throw failure.code === "ERR_PATH_INVALID"
      ? corrupt(path, `${name} is no file`, error)
      : failure;
  }
}

/** Keeps out of a parsed file what a copy of it would take for a prototype. */
const withoutPrototypes = (key: string, value: unknown) => key === "__proto__" ? undefined : value;

function parse(path: string, bytes: Uint8Array): ModelFile {
  try {
    const file: ModelFile = JSON.parse(new TextDecoder().decode(bytes), withoutPrototypes);
    if (Array.isArray(file.weightsManifest) && file.modelTopology !== undefined) return file;
  } catch (error) {
    throw corrupt(path, "model.json is no JSON", error);
  }
  throw corrupt(path, "model.json describes no model");
}

/** Bytes of one value, as TensorFlow.js writes it. */
const BYTES = new Map<string, number>([
  ...[["float32", 4], ["int32", 4], ["bool", 1], ["uint8", 1], ["uint16", 2]] as const,
  ...[["float16", 2], ["complex64", 8]] as const,
]);

/** Bytes of a weight; undefined if it describes none. */
function sizeOf(spec: Partial<io.WeightsManifestEntry> | null): number | undefined {
  const { name, shape, dtype, quantization } = spec ?? {};
  const bytes = BYTES.get(quantization?.dtype ?? dtype ?? "");
  if (typeof name !== "string" || bytes === undefined || !Array.isArray(shape)) return undefined;
  const isShape = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  return isShape ? shape.reduce((product, size) => product * size, bytes) : undefined;
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
  const weightSpecs = weightsManifest.flatMap((group) => group?.weights ?? []);
  const flaw = weightSpecs.find((spec) => sizeOf(spec) === undefined);
  if (flaw !== undefined) throw corrupt(path, `${JSON.stringify(flaw)} describes no weight`);
  const bytes = weightSpecs.reduce((sum, spec) => sum + sizeOf(spec)!, 0);
  if (bytes !== weights.length) {
    throw corrupt(path, `its weights take ${bytes} bytes, and weights.bin has ${weights.length}`);
  }
  return {
    ...artifacts,
    weightSpecs,
    weightData: weights.buffer,
  };
}

async function save(
  path: string,
  artifacts: io.ModelArtifacts,
  quantize: Quantization | undefined,
): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  const plain = { specs: weightSpecs, bytes: new Uint8Array(await new Blob(parts).arrayBuffer()) };
  const { specs, bytes: weights } = quantize ? quantizeWeights(plain, quantize) : plain;
  const file = JSON.stringify({
    ...rest,
    userDefinedMetadata: { ...rest.userDefinedMetadata, weightsDigest: await sha256(weights) },
    weightsManifest: [{ paths: ["weights.bin"], weights: specs }],
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
 * @param options How weights are stored; default: 32-bit floats.
 * @returns The handler; it throws ERR_MODEL_CORRUPT, and ERR_PERMISSION, ERR_DISK_FULL, ERR_PATH_INVALID
 * or ERR_FILE_FAILED of a file.
 */
export function modelIOHandler(
  path: string,
  { quantize }: { readonly quantize?: Quantization | undefined } = {},
): io.IOHandler {
  return { load: () => load(path), save: (artifacts) => save(path, artifacts, quantize) };
}
