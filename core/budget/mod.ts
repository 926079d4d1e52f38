/** Budgets and costs: what core exports of them. */
export { costFunction, type CostFunctionOptions } from "./cost_function.ts";
export { type ExpectedCost, expectedCost, type ExpectedCostOptions } from "./expected_cost.ts";
export { keptOf, type KeptOfOptions } from "./kept.ts";
export { repair, type Repaired, type RepairOptions } from "./repair.ts";
export { uniformArchitecture, type UniformArchitectureOptions } from "./uniform.ts";
export { type Budget, type BudgetZone, resolveBudget, type ResolveBudgetOptions } from "./zone.ts";
