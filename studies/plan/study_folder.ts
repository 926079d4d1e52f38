import { type ArtifactStore, folderStore, memoryStore, readJournal } from "@espalier/core";
import { artifactFiles, fileError, files, isMissing } from "@espalier/core/run";
import { join } from "node:path";
import { Measures } from "../run/measures.ts";
import type { PlannedCellRun } from "./planned_runs.ts";

/** Where a study lies: runs in folders of their own, beside the folder `artifacts` of all. */
export interface StudyPlace {
  /** Folder of the study; absent: everything stays in memory. */
  readonly directory?: string | undefined;
  /** Holds what phases made. */
  readonly store: ArtifactStore;
}

const ARTIFACTS = "artifacts";

/** A study's place. */
export const placeOf = (directory: string | undefined): StudyPlace =>
  directory === undefined
    ? { store: memoryStore() }
    : { directory, store: folderStore(join(directory, ARTIFACTS)) };

/** What reading gives; undefined if the file is missing. */
async function ifThere<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, "read", path);
  }
}

/** What the journals of all runs in a study's folder measured. */
export async function measuresIn(directory: string): Promise<Measures> {
  const fs = await files();
  const measures = new Measures();
  const entries = await ifThere(directory, () => fs.readdir(directory, { withFileTypes: true }));
  for (const { name } of (entries ?? []).filter((entry) => entry.isDirectory())) {
    const path = join(directory, name, "journal.jsonl");
    if (await ifThere(path, () => fs.stat(path)) === undefined) continue;
    for (const event of await readJournal(join(directory, name))) measures.add(name, event);
  }
  return measures;
}

/** Size of an artifact in bytes; undefined if it is not there. */
export async function bytesOf(directory: string, key: string): Promise<number | undefined> {
  const fs = await files();
  const path = join(directory, ARTIFACTS, artifactFiles(key).artifact);
  return (await ifThere(path, () => fs.stat(path)))?.size;
}

/** What a run that is over left, as its `result.json` has it; undefined where it is not over. */
export async function resultOf(
  directory: string,
  { folder, phases }: Pick<PlannedCellRun, "folder" | "phases">,
): Promise<object | undefined> {
  const fs = await files();
  const path = join(directory, folder, "result.json");
  const text = await ifThere(path, () => fs.readFile(path, "utf8"));
  if (text === undefined) return undefined;
  const { phases: done, result } = JSON.parse(text);
  // What follows a phase without a version is computed anew.
  const isSame = phases.every(({ key }, i) => key !== undefined && done[i]?.key === key);
  return isSame ? result : undefined;
}
