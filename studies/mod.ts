/**
 * Studies: prunings that differ in one part or several, compared at equal cost over several seeds.
 *
 * @module
 */
export type {
  Axes,
  AxisValue,
  Cell,
  CellOf,
  EngineChoice,
  Part,
  PluginChange,
  StudyCells,
  StudyPipeline,
  Variant,
} from "./axes/contract.ts";
export { cellName } from "./axes/contract.ts";
export { type FromDataOptions, readStudy, readStudyData, studyFromData } from "./data/from_data.ts";
export { studyJsonSchema } from "./data/json_schema.ts";
export { type AnyFactory, factoriesOf, type Maker, type Registry } from "./data/registry.ts";
export type { Named, PartData, StudyData, Use, ValueData } from "./data/schema.ts";
export type { PlannedNode, PlanOptions, StudyPlan } from "./plan/plan.ts";
export type { PlannedCellRun } from "./plan/planned_runs.ts";
export { planText, type PlanTextOptions } from "./plan/plan_text.ts";
export { runsCsv, studyCsv, studyLatex, studyMarkdown } from "./results/formats.ts";
export { studyHtml } from "./results/html.ts";
export type { CellOutcome, PhaseOutcome, RunOutcome } from "./results/outcome.ts";
export { deviation, leastP, mean, signFlipP, tInterval, tQuantile } from "./results/statistics.ts";
export type { Comparison, Spent, StudyTable, Summary, TableRow } from "./results/table.ts";
export { tableOf } from "./results/table.ts";
export type { OfRun, StudyEvent } from "./run/events.ts";
export type { EpochPoint } from "./run/measures.ts";
export type { StudyResult, StudyRun, StudyRunOptions } from "./run/run_study.ts";
export { createStudy, type Study, type StudyConfig } from "./study.ts";
