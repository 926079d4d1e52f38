/**
 * Espalier: prunes networks to a budget by searching their architecture, after TAS. Everything in
 * one place: core, plugins, presets, networks, datasets, engines, reports.
 *
 * @module
 */
export * from "@espalier/core";
export * from "@espalier/datasets";
export * from "@espalier/networks";
export * from "@espalier/reports";
export { type EngineInfo, type EngineName, useEngine } from "@espalier/engines";

export { tas, type TasEpochs, type TasOptions } from "./presets/tas.ts";
export type { RecipeName } from "./presets/recipes.ts";

export { cwi } from "@espalier/plugin-cwi";
export { depthSearch } from "@espalier/plugin-depth-search";
export { differentiableSearch } from "@espalier/plugin-differentiable-search";
export { budgetLoss, flops } from "@espalier/plugin-flops";
export { gumbelSoftmax } from "@espalier/plugin-gumbel-softmax";
export { inheritWeights } from "@espalier/plugin-inherit-weights";
export { kd } from "@espalier/plugin-kd";
export { magnitudePruning } from "@espalier/plugin-magnitude-pruning";
export { nearest } from "@espalier/plugin-nearest";
export { randomSearch } from "@espalier/plugin-random-search";
export { trainingRecipe } from "@espalier/plugin-training-recipe";
export { uniform } from "@espalier/plugin-uniform";
export { widthSearch } from "@espalier/plugin-width-search";
export { zeroPad } from "@espalier/plugin-zero-pad";
