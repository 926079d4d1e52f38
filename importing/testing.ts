/** Model files as others write them, for the tests of this folder. */
import type { WeightEntry } from "./decode_weights.ts";

/** A layer as JSON. */
export interface LayerJson {
  readonly "class_name": string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A layer of Keras 2. */
export const layer = (
  className: string,
  name: string,
  config: Readonly<Record<string, unknown>> = {},
): LayerJson => ({ class_name: className, config: { name, ...config } });

/** A Sequential whose first layer states the input. */
export function sequential(
  name: string,
  [first, ...others]: readonly LayerJson[],
  shape: readonly (number | null)[] = [null, 4, 4, 3],
) {
  const entering = { ...first!, config: { ...first!.config, batch_input_shape: shape } };
  return { class_name: "Sequential", config: { name, layers: [entering, ...others] } };
}

/** What a folder holds. */
export interface FileOptions {
  readonly topology: object;
  readonly weights:
    readonly (Omit<WeightEntry, "dtype"> & { readonly values: readonly number[] })[];
  readonly format?: string;
  /** Bytes of the first shards; the last has the rest. */
  readonly shards?: readonly number[];
  /** Whether each weight is a group of its own. */
  readonly groups?: boolean;
  /** Bytes that the last shard has too few. */
  readonly cut?: number;
  /** Whether the shards are not there. */
  readonly lose?: boolean;
}

function bytesOf({ values, quantization }: FileOptions["weights"][number]): Uint8Array {
  const dtype = quantization?.dtype ?? "float32";
  if (dtype === "uint8") return Uint8Array.from(values);
  return new Uint8Array(
    dtype === "float32" ? Float32Array.from(values).buffer : Uint16Array.from(values).buffer,
  );
}

/** A folder with a model, removed when it is disposed. */
export async function folderOf(options: FileOptions): Promise<AsyncDisposable & { path: string }> {
  const { topology, weights, format, shards = [], groups = false, cut = 0, lose } = options;
  const path = await Deno.makeTempDir();
  const sets = groups ? weights.map((weight) => [weight]) : [weights];
  const weightsManifest = [];
  for (const [g, set] of sets.entries()) {
    let all = new Uint8Array(
      await new Blob(set.map((each) => bytesOf(each).slice())).arrayBuffer(),
    );
    all = cut >= 0 ? all.slice(0, all.length - cut) : Uint8Array.from([...all, ...Array(-cut)]);
    const ends = [...shards.map((_, i) => shards.slice(0, i + 1).reduce((a, b) => a + b, 0))];
    const parts = [0, ...ends].map((start, i) => all.slice(start, ends[i] ?? all.length));
    const paths = parts.map((_, i) => `group${g + 1}-shard${i + 1}of${parts.length}.bin`);
    for (const [i, part] of parts.entries()) {
      if (!lose) await Deno.writeFile(`${path}/${paths[i]}`, part);
    }
    const entries = set.map(({ values: _, ...entry }) => ({ ...entry, dtype: "float32" }));
    weightsManifest.push({ paths, weights: entries });
  }
  const file = { ...(format && { format }), modelTopology: topology, weightsManifest };
  await Deno.writeTextFile(`${path}/model.json`, JSON.stringify(file));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
