import {
  type Blueprint,
  type Decision,
  EspalierError,
  pluginOf,
  type SearchSpace,
  type Stage,
  unprunedValue,
} from "@espalier/core";
import { deepFreeze } from "@espalier/core/run";
import { inferShapes } from "./infer_shapes.ts";
import { isMaker } from "./nodes.ts";
import { widthGroups } from "./width_groups.ts";

/** Unpruned values of everything that can be decided. */
interface Subject {
  readonly channels: ReadonlyMap<string, number>;
  readonly blocks: ReadonlyMap<string, number>;
  /** Stages that end narrower than one of their blocks: their readers could not read that block. */
  readonly narrowing: ReadonlySet<string>;
}

function subjectOf(blueprint: Blueprint): Subject {
  const searchable = new Set(widthGroups(blueprint, { residual: "project" }).flat());
  const channels = blueprint.nodes.flatMap((node) =>
    isMaker(node) && searchable.has(node.id) ? [[node.id, node.channels] as const] : []
  );
  const blocks = blueprint.stages.map(({ id, blocks }) => [id, blocks.length] as const);
  const shapes = inferShapes(blueprint);
  const widths = ({ blocks }: Stage) => blocks.map(({ output }) => shapes.get(output)!.channels);
  const narrowing = blueprint.stages.filter((stage) =>
    Math.max(...widths(stage)) > widths(stage).at(-1)!
  );
  return {
    channels: new Map(channels),
    blocks: new Map(blocks),
    narrowing: new Set(narrowing.map(({ id }) => id)),
  };
}

function targetsOf({ effect }: Decision): readonly string[] {
  return effect.kind === "channels"
    ? effect.nodes.map((id) => `layer "${id}"`)
    : [`stage "${effect.stage}"`];
}

function effectFault(decision: Decision, subject: Subject): string | undefined {
  const { effect, candidates } = decision;
  const [names, values] = effect.kind === "channels"
    ? [effect.nodes, subject.channels] as const
    : [[effect.stage], subject.blocks] as const;
  if (names.length === 0) return "it changes nothing";
  const unknown = names.find((name) => !values.has(name));
  if (unknown !== undefined) {
    return effect.kind === "channels"
      ? `"${unknown}" is no layer whose width may change`
      : `"${unknown}" is no stage`;
  }
  if (effect.kind === "exit" && subject.narrowing.has(effect.stage)) {
    return `"${effect.stage}" ends narrower than one of its blocks`;
  }
  const unpruned = unprunedValue(decision);
  const other = names.find((name) => values.get(name) !== unpruned);
  if (other !== undefined) {
    return `"${other}" has ${values.get(other)}, not ${unpruned}, before pruning`;
  }
  if (!candidates.includes(unpruned)) return `its unpruned value, ${unpruned}, is no candidate`;
  return effect.kind === "exit" && unpruned < candidates.at(-1)!
    ? `"${effect.stage}" has ${unpruned} blocks and cannot grow to ${candidates.at(-1)}`
    : undefined;
}

function decisionFault(decision: Decision): string | undefined {
  const { id, space, candidates, effect } = Object(decision) as Partial<Decision>;
  if (typeof id !== "string" || typeof space !== "string") return "it has no id or no space";
  if (effect?.kind !== "exit" && !(effect?.kind === "channels" && Array.isArray(effect.nodes))) {
    return `its effect is neither "channels" of nodes nor "exit" of a stage`;
  }
  if (!Array.isArray(candidates)) return "it has no candidates";
  const ascending = candidates.every((value, i) =>
    Number.isInteger(value) && value > (i === 0 ? 0 : candidates[i - 1]!)
  );
  return ascending && candidates.length > 0
    ? undefined
    : `its candidates are not ascending positive integers: ${candidates.join(", ")}`;
}

function refuseConflicts(decisions: readonly Decision[]): void {
  const owners = new Map<string, string>();
  for (const decision of decisions) {
    for (const target of [`decision "${decision.id}"`, ...targetsOf(decision)]) {
      const owner = owners.get(target);
      if (owner !== undefined) {
        throw new EspalierError(
          "ERR_SPACE_CONFLICT",
          `Cannot combine search spaces as each thing is decided once: ${target} is claimed by ` +
            `"${owner}" and by "${decision.space}". Keep one of the two spaces.`,
        );
      }
      owners.set(target, decision.space);
    }
  }
}

/**
 * Collect the decisions of search spaces about a network, and check that they fit it. They are frozen
 * copies. Decisions with a single candidate are left out.
 *
 * @param blueprint The unpruned network.
 * @param spaces The search spaces.
 * @returns Decisions, in the order of the spaces.
 * @throws {EspalierError} ERR_SPACE_CONFLICT if two are about one layer or stage;
 * ERR_SPACE_INVALID, which names the plugin, if one does not fit the blueprint.
 */
export function decisionsOf(
  blueprint: Blueprint,
  spaces: readonly SearchSpace[],
): readonly Decision[] {
  const subject = subjectOf(blueprint);
  const decisions = spaces.flatMap((space) => {
    const own = deepFreeze(structuredClone(space.decisions(blueprint)));
    for (const decision of own) {
      const fault = decisionFault(decision) ?? effectFault(decision, subject);
      if (fault === undefined) continue;
      const plugin = pluginOf(space);
      throw new EspalierError(
        "ERR_SPACE_INVALID",
        `Cannot search "${decision?.id}" as the decision of "${space.name}" must fit ` +
          `"${blueprint.name}": ${fault}. Correct the search space.`,
        plugin === undefined ? {} : { plugin },
      );
    }
    return own;
  });
  refuseConflicts(decisions);
  return decisions.filter(({ candidates }) => candidates.length > 1);
}
