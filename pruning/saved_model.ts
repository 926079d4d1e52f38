import type { ModelFormat, TrainedNetwork } from "@espalier/core";
import { writeWhole } from "@espalier/core/run";
import { loadModel, saveModel, toLayersModel } from "@espalier/supernet";
import type { LayersModel } from "@tensorflow/tfjs";
import type { HasStudent } from "./made.ts";

/** The trained derived network as a model of stock layers. */
export interface SavedModel {
  /** Folder that holds it; undefined for a run without a folder. */
  readonly path: string | undefined;
  /** What other formats wrote into it, by their names, as in `onnx`; none for a run without a folder. */
  readonly files: Readonly<Record<string, string>>;
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

interface Saving {
  readonly directory: string | undefined;
  readonly formats: readonly ModelFormat[];
}

/** Save the student, if the phases made one, into the run's folder, if it has one. */
export async function withModel(have: Partial<HasStudent>, saving: Saving): Promise<object> {
  const { student } = have;
  return student === undefined ? have : { ...have, model: await saveStudent(student, saving) };
}

/** Save a trained network into a run's folder, if it has one. */
async function saveStudent(
  student: TrainedNetwork,
  { directory, formats }: Saving,
): Promise<SavedModel> {
  if (directory === undefined) {
    const { blueprint, weights } = student;
    const load = () => Promise.resolve(toLayersModel(blueprint, weights));
    return { path: undefined, files: {}, load };
  }
  const path = `${directory}/model`;
  await saveModel(student, path);
  const files: Record<string, string> = {};
  for (const format of formats) {
    files[format.name] = `${path}/${format.file}`;
    await writeWhole(files[format.name]!, await format.encode(student));
  }
  return { path, files, load: () => loadModel(path) };
}
