import type { Blueprint, BudgetLimit, Choices, CostModel, NetworkCostModel } from "@espalier/core";
import type { StepOptions } from "./architecture_steps.ts";
import { costFunction } from "./cost_function.ts";

/** What {@linkcode excessFunction} takes. */
export interface ExcessOptions extends StepOptions {
  /** What is limited; undefined where nothing is. */
  readonly limits: readonly BudgetLimit[] | undefined;
  /** Cost models, those of the limits among them. */
  readonly models: readonly (CostModel | NetworkCostModel)[];
}

/**
 * By how much choices exceed limits: the sum of what is too much, each as a share of the unpruned
 * network's cost. It is 0 where all limits are held.
 *
 * @param blueprint The unpruned network.
 * @param options Limits, their models, decisions.
 * @returns The function of choices; undefined where nothing is limited.
 */
export function excessFunction(
  blueprint: Blueprint,
  { limits, models, ...options }: ExcessOptions,
): ((choices: Choices) => number) | undefined {
  if (limits === undefined) return undefined;
  const held = limits.map(({ cost: name, high, unpruned }) => {
    const model = models.find((model) => model.name === name)!;
    return { cost: costFunction(blueprint, { ...options, model }), high, unpruned };
  });
  return (choices) =>
    held.reduce(
      (sum, { cost, high, unpruned }) => sum + Math.max(0, cost(choices) - high) / unpruned,
      0,
    );
}
