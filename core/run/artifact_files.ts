import { slotsOf } from "../pipeline/checkpoint.ts";
import { artifactFile } from "../store/folder_store.ts";

/** Names of files in a folder's store. */
export interface ArtifactFiles {
  /** Of what a phase made. */
  readonly artifact: string;
  /** Of its unfinished work. */
  readonly checkpoints: readonly string[];
}

/** Names of the files that a folder's store has under the content key of a phase. */
export function artifactFiles(key: string): ArtifactFiles {
  return { artifact: artifactFile(key), checkpoints: slotsOf(key).map(artifactFile) };
}
