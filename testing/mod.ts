/**
 * Conformance kits for authors of plugins: checks for any test runner, and a toy network with data.
 *
 * @module
 */
export { aggregatorConformance } from "./aggregator_conformance.ts";
export type { ConformanceCase, ContractSetup } from "./check.ts";
export { costModelConformance } from "./cost_model_conformance.ts";
export { executorConformance, type ExecutorSetup } from "./executor_conformance.ts";
export { gradientError } from "./gradient_error.ts";
export { importanceConformance } from "./importance_conformance.ts";
export { penaltyInput, regularizerInput, TOY_BUDGET, transferInput } from "./inputs.ts";
export { modelFormatConformance } from "./model_format_conformance.ts";
export { objectiveConformance, type ObjectiveSetup } from "./objective_conformance.ts";
export { penaltyConformance } from "./penalty_conformance.ts";
export { phaseConformance, type PhaseSetup } from "./phase_conformance.ts";
export { pluginConformance, type PluginSetup } from "./plugin_conformance.ts";
export { type ReferenceOps, referenceOps } from "./reference_ops.ts";
export { regularizerConformance } from "./regularizer_conformance.ts";
export { samplerConformance } from "./sampler_conformance.ts";
export { searchSpaceConformance } from "./search_space_conformance.ts";
export { strategyConformance, type StrategySetup } from "./strategy_conformance.ts";
export { toyData, toyNetwork } from "./toy.ts";
export { trainingRecipeConformance } from "./training_recipe_conformance.ts";
export { transferConformance } from "./transfer_conformance.ts";
