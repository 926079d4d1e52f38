/**
 * What a pruner is made of: phases that run, folders that they write into. Plugins need none of it.
 *
 * @module
 */
export { fileError, files, ifThere, isMissing } from "../files/files.ts";
export { checkFolder, prepareFolder, writeWhole } from "../files/folder.ts";
export { tryLock } from "../files/lock.ts";
export { type FileLock, ownerText } from "../files/lock_owner.ts";
export { canonicalJson, deepFreeze, type JsonFlaw, jsonFlaw } from "../json.ts";
export type { CheckpointInterval } from "../pipeline/checkpoint.ts";
export { type KeySource, tokensOf } from "../pipeline/key.ts";
export { type ArtifactFiles, artifactFiles } from "./artifact_files.ts";
export type { PlannedPhase } from "../pipeline/plan_phases.ts";
export { placePhases } from "../pipeline/place_phases.ts";
export { nearest } from "../plugin/nearest.ts";
export { pluginsSchema } from "../plugin/plugins.ts";
export type { Journal } from "./journal.ts";
export { type RunBodyContext, type StartOptions, startRun } from "./run.ts";
export { type PlannedRun, planRun, runPhases, type RunPlan } from "./run_phases.ts";
export { decodeArtifact, encodeArtifact } from "../store/encode.ts";
export { sha256 } from "../sha256.ts";
export { VERSION } from "../version.ts";
