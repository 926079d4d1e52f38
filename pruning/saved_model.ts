import type { TrainedNetwork } from "@espalier/core";
import { loadModel, saveModel, toLayersModel } from "@espalier/supernet";
import type { LayersModel } from "@tensorflow/tfjs";
import type { HasStudent } from "./made.ts";

/** The trained derived network as a model of stock layers. */
export interface SavedModel {
  /** Folder that holds it; undefined for a run without a folder. */
  readonly path: string | undefined;
  /** Load it; the caller disposes it. */
  load(): Promise<LayersModel>;
}

/** What a run adds to what its phases made. */
export interface HasModel {
  /** The student, saved. */
  readonly model: SavedModel;
}

/**
 * What a run resolves to.
 *
 * @typeParam Have What its phases made.
 */
export type RunResult<Have extends object> = Have & (Have extends HasStudent ? HasModel : unknown);

/** Save the student, if the phases made one, into the run's folder, if it has one. */
export async function withModel(
  have: Partial<HasStudent>,
  directory: string | undefined,
): Promise<object> {
  const { student } = have;
  return student === undefined ? have : { ...have, model: await saveStudent(student, directory) };
}

/** Save a trained network into a run's folder, if it has one. */
async function saveStudent(
  student: TrainedNetwork,
  directory: string | undefined,
): Promise<SavedModel> {
  if (directory === undefined) {
    const { blueprint, weights } = student;
    return { path: undefined, load: () => Promise.resolve(toLayersModel(blueprint, weights)) };
  }
  const path = `${directory}/model`;
  await saveModel(student, path);
  return { path, load: () => loadModel(path) };
}
