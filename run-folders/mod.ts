/**
 * Looks after the folders that runs leave: what became of a run, what no run needs, one file to take
 * elsewhere.
 *
 * @module
 */
export { type ArchiveOptions, archiveRun } from "./archive.ts";
export { removeUnreferenced, type StoredFile, unreferenced } from "./unreferenced.ts";
export { type PhaseStatus, type RunState, type RunStatus, runStatus } from "./status.ts";
export type { StoreOptions } from "./folder.ts";
