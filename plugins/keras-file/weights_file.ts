import type * as tf from "@tensorflow/tfjs";
import type { Group } from "h5wasm";

/** As Keras names the groups of weights: `ReLU` is `re_lu`, `Conv2D` is `conv2d`. */
export function groupName(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** Names of the layers' groups, in their order: the second one of a class is `conv2d_1`. */
export function groupNames(classNames: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classNames.map((className) => {
    const name = groupName(className);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** Write the arrays of a layer, named by their places. */
async function writeVars(group: Group, weights: readonly tf.Tensor[]): Promise<void> {
  const vars = group.create_group("vars");
  for (const [i, weight] of weights.entries()) {
    const data = await weight.data() as Float32Array;
    vars.create_dataset({ name: `${i}`, data, shape: weight.shape, dtype: "<f4" });
  }
}

/** The seed of a dropout, which Keras counts among the weights. */
function writeSeed(group: Group): void {
  group.create_group("seed_generator").create_group("vars")
    .create_dataset({ name: "0", data: Uint32Array.of(0, 0), shape: [2], dtype: "<I" });
}

async function writeLayers(file: Group, layers: readonly tf.layers.Layer[]): Promise<void> {
  const all = file.create_group("layers");
  file.create_group("vars");
  const names = groupNames(layers.map((layer) => layer.getClassName()));
  for (const [i, layer] of layers.entries()) {
    const group = all.create_group(names[i]!);
    await writeVars(group, layer.getWeights());
    if (layer.getClassName() === "Dropout") writeSeed(group);
  }
}

/**
 * The weights of a model, as Keras 3 stores them: `layers/<class>[_n]/vars/<i>`, in the order of the
 * layers and of the weights in each.
 *
 * @param model The model.
 * @returns The bytes of `model.weights.h5`.
 */
export async function weightsFile({ layers }: tf.LayersModel): Promise<Uint8Array> {
  const { ready, File } = await import("h5wasm");
  // In the memory of the module, not on a disk.
  const { FS } = await ready;
  const path = `${crypto.randomUUID()}.h5`;
  const file = new File(path, "w");
  try {
    await writeLayers(file, layers).finally(() => file.close());
    return FS.readFile(path);
  } finally {
    FS.unlink(path);
  }
}
