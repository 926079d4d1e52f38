/**
 * The pruner: checks of a configuration, the phases of a pruning, the default pipeline, its report.
 *
 * @module
 */
export type {
  HasArchitecture,
  HasControl,
  HasEffort,
  HasPruned,
  HasReport,
  HasStudent,
  HasSurgery,
  HasTeacher,
  HasTuned,
} from "./made.ts";
export { type DefaultHave, defaultPipeline } from "./default_pipeline.ts";
export * as phases from "./phases/mod.ts";
export { createPruner, type Pruner, type PrunerConfig, type RunOptions } from "./pruner.ts";
export type { InferenceTime, Report, ReportRow, SearchEffort, Surgery } from "./report.ts";
export type { HasModel, RunResult, SavedModel } from "./saved_model.ts";
