// deno-lint-ignore-file camelcase -- names of Keras
import type { Blueprint, TrainedNetwork } from "@espalier/core";
import { stockLayersOf, toLayersModel } from "@espalier/supernet";
import { strToU8, zipSync } from "fflate";
import { kerasModel } from "./config.ts";
import { checkLayer } from "./layers.ts";
import { weightsFile } from "./weights_file.ts";

/** Refuse a network that Keras 3 cannot express exactly; throws ERR_EXPORT_UNSUPPORTED. */
export function checkKeras(blueprint: Blueprint): void {
  stockLayersOf(blueprint).forEach(checkLayer);
}

/**
 * A trained network as a file of Keras 3, which `keras.saving.load_model` of Keras 3.4 or later
 * reads. Its layers, their names and its input are those of the layers-model; it gives logits.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom } from "@espalier/core";
 * import { toKerasFile } from "@espalier/plugin-keras-file";
 * import { initialWeights, parameterSpecs } from "@espalier/supernet";
 * import { toyNetwork } from "@espalier/testing";
 * import { unzipSync } from "fflate";
 *
 * const blueprint = toyNetwork();
 * const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
 * const files = unzipSync(await toKerasFile({ blueprint, weights }));
 * assertEquals(Object.keys(files), ["metadata.json", "config.json", "model.weights.h5"]);
 * ```
 *
 * @param network Blueprint and weights.
 * @returns The bytes of `model.keras`; those of the weights hold the time of writing.
 * @throws {EspalierError} ERR_EXPORT_UNSUPPORTED, ERR_BLUEPRINT_INVALID; ERR_CONFIG_INVALID if a
 * weight is missing or of another shape.
 */
export async function toKerasFile(network: TrainedNetwork): Promise<Uint8Array> {
  checkKeras(network.blueprint);
  const model = toLayersModel(network.blueprint, network.weights);
  try {
    const json = (value: unknown) => strToU8(JSON.stringify(value));
    // The oldest version of Keras whose files look like this, and the oldest date of a zip.
    const metadata = { keras_version: "3.4.0", date_saved: "1980-01-01@00:00:00" };
    return zipSync({
      "metadata.json": json(metadata),
      "config.json": json(kerasModel(model)),
      "model.weights.h5": await weightsFile(model),
    }, { level: 0, mtime: new Date(1980, 0, 1) });
  } finally {
    model.dispose();
  }
}
