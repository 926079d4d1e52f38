/**
 * What is refused of a study before any work.
 *
 * @module
 */
import { type Budget, EspalierError } from "@espalier/core";
import { nearest } from "@espalier/core/run";
import type { variantOf } from "./cells.ts";
import { partOf } from "./change_plugins.ts";
import { type Axes, type Cell, cellName, PARTS, type Variant } from "./contract.ts";

/** What is thrown for axes that make no study. */
export function refuse(state: string, advice: string): EspalierError {
  return new EspalierError("ERR_STUDY_AXES", `Cannot create a study as ${state}. ${advice}`);
}

const ALL_PARTS: readonly string[] = [...PARTS, "plugins"];

/** Refuse parts of unknown names: `{ netwrk }` would change nothing. */
export function checkParts(axes: Axes): void {
  for (const [axis, values] of Object.entries(axes)) {
    for (const [name, value] of Object.entries(values)) {
      const keys = Object.keys(partOf(value));
      const stray = keys.find((key) => !ALL_PARTS.includes(key));
      if (stray === undefined && keys.length > 0) continue;
      throw refuse(
        `value "${name}" of axis "${axis}" has ${stray === undefined ? "no parts" : `"${stray}"`}`,
        `It is a plugin, a list of plugins, a function, or parts: ${ALL_PARTS.join(", ")}.`,
      );
    }
  }
}

/** Several budgets are an axis; one is common to all cells. */
export function withBudgets(axes: Axes, budgets: readonly Budget[] = []): Axes {
  if (budgets.length < 2) return axes;
  if ("budget" in axes) {
    throw refuse(`there are several budgets and an axis "budget"`, "Leave one of them out.");
  }
  const named = budgets.map((budget) => [budgetName(budget), { budget }] as const);
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) < i);
  if (twice === undefined) return { ...axes, budget: Object.fromEntries(named) };
  throw refuse(`two budgets are "${twice[0]}"`, "Make an axis of them, with names.");
}

/** `macs 50%`. */
function budgetName({ cost, target }: Budget): string {
  const amount = typeof target === "number" && target <= 1
    ? `${Number((100 * target).toFixed(3))}%`
    : target;
  return `${cost} ${amount}`;
}

/** Refuse a baseline of unknown axes or values. */
export function checkBaseline(baseline: Cell, axes: Axes): void {
  for (const [axis, value] of Object.entries(baseline)) {
    const known = axis in axes ? Object.keys(axes[axis]!) : Object.keys(axes);
    const found = axis in axes ? value : axis;
    if (axis in axes && known.includes(value)) continue;
    const meant = nearest(found, known);
    throw refuse(
      `the baseline names ${axis in axes ? `a value of axis "${axis}"` : "an axis"} that is not ` +
        `there: "${found}"`,
      meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
    );
  }
}

/** Refuse phases that measure nothing. */
function checkReport(variant: Variant): Variant {
  const { cell, pipeline, plugins } = variant;
  const phases = plugins.flatMap(({ phases }) => phases.map(({ phase }) => phase))
    .concat(pipeline?.phases ?? []);
  if (pipeline === undefined || phases.some(({ makes }) => makes?.includes("report"))) {
    return variant;
  }
  throw refuse(
    `cell "${cellName(cell)}" has no phase that makes a report`,
    `Add phases.evaluate() to the pipeline, or a phase with makes: ["report"].`,
  );
}

/** All parts of a cell; one that is missing is refused. */
export function checkVariant(variant: ReturnType<typeof variantOf>): Variant {
  const missing = (["network", "data", "budget"] as const).find((part) =>
    variant[part] === undefined
  );
  if (missing === undefined) return checkReport(variant as Variant);
  throw refuse(
    `cell "${cellName(variant.cell!)}" has no ${missing}`,
    `Give the study ${missing === "budget" ? "budgets" : `a ${missing}`}, or an axis of them.`,
  );
}
