import { type ImportedNetwork, importModel } from "@espalier/import";
import { stat } from "node:fs/promises";
import { join } from "node:path";

/** What the argument is, for the help of all commands that take it. */
export const MODEL = "folder or model.json of a Keras or TensorFlow.js model, or its URL";

/**
 * Import a model.
 *
 * @param place Its `model.json`, the folder that holds it, or a URL.
 * @returns Blueprint, weights and notes.
 * @throws {EspalierError} As `importModel`.
 */
export async function openModel(place: string): Promise<ImportedNetwork> {
  if (URL.canParse(place) && /^(https?|file):/.test(place)) {
    return await importModel(new URL(place));
  }
  const isFolder = await stat(place).then((found) => found.isDirectory(), () => false);
  return await importModel(isFolder ? join(place, "model.json") : place);
}
