import {
  type Blueprint,
  type ChannelSlice,
  type Decision,
  EspalierError,
  type LayerChannels,
  type NodeId,
  pluginOf,
  type SearchSpace,
  type Stage,
  unprunedValue,
} from "@espalier/core";
import { deepFreeze } from "@espalier/core/run";
import { inferShapes } from "./infer_shapes.ts";
import { channelsName, layerOf, sliceOf } from "./layer_parts.ts";
import { isMaker } from "./nodes.ts";
import { widthGroups } from "./width_groups.ts";

/** Unpruned values of everything that can be decided. */
interface Subject {
  /** Of each layer. */
  readonly channels: ReadonlyMap<NodeId, number>;
  /** Channels that may go, as `channel 3 of layer "a"`. */
  readonly free: ReadonlySet<string>;
  readonly blocks: ReadonlyMap<string, number>;
  /** Stages that end narrower than one of their blocks: their readers could not read that block. */
  readonly narrowing: ReadonlySet<string>;
}

/** Each of some channels by name. */
function channelsOf(some: LayerChannels, { channels }: Pick<Subject, "channels">): string[] {
  const { layer, from, count } = sliceOf(some, channels.get(layerOf(some)) ?? 1);
  return Array.from({ length: count }, (_, i) => `channel ${from + i} of layer "${layer}"`);
}

function subjectOf(blueprint: Blueprint): Subject {
  const channels = new Map(blueprint.nodes.filter(isMaker).map((node) => [node.id, node.channels]));
  const groups = widthGroups(blueprint, { residual: "project" });
  const blocks = blueprint.stages.map(({ id, blocks }) => [id, blocks.length] as const);
  const shapes = inferShapes(blueprint);
  const widths = ({ blocks }: Stage) => blocks.map(({ output }) => shapes.get(output)!.channels);
  const narrowing = blueprint.stages.filter((stage) =>
    Math.max(...widths(stage)) > widths(stage).at(-1)!
  );
  return {
    channels,
    free: new Set(groups.flat().flatMap((some) => channelsOf(some, { channels }))),
    blocks: new Map(blocks),
    narrowing: new Set(narrowing.map(({ id }) => id)),
  };
}

function targetsOf({ effect }: Decision, subject: Subject): readonly string[] {
  return effect.kind === "channels"
    ? effect.nodes.flatMap((some) => channelsOf(some, subject))
    : [`stage "${effect.stage}"`];
}

/** What a decision is about, with unpruned values; undefined for what cannot be decided. */
function valuesOf({ effect }: Decision, subject: Subject): readonly (readonly [string, number?])[] {
  if (effect.kind === "exit") return [[effect.stage, subject.blocks.get(effect.stage)!]];
  return effect.nodes.map((some) => {
    const own = channelsOf(some, subject);
    const isFree = own.every((channel) => subject.free.has(channel));
    return isFree ? [channelsName(some), own.length] : [channelsName(some)];
  });
}

function effectFault(decision: Decision, subject: Subject): string | undefined {
  const { effect, candidates } = decision;
  const values = valuesOf(decision, subject);
  if (values.length === 0) return "it changes nothing";
  const unknown = values.find(([, value]) => value === undefined);
  if (unknown !== undefined) {
    return effect.kind === "channels"
      ? `"${unknown[0]}" is no layer whose width may change`
      : `"${unknown[0]}" is no stage`;
  }
  if (effect.kind === "exit" && subject.narrowing.has(effect.stage)) {
    return `"${effect.stage}" ends narrower than one of its blocks`;
  }
  const unpruned = unprunedValue(decision);
  const other = values.find(([, value]) => value !== unpruned);
  if (other !== undefined) return `"${other[0]}" has ${other[1]}, not ${unpruned}, before pruning`;
  if (!candidates.includes(unpruned)) return `its unpruned value, ${unpruned}, is no candidate`;
  return effect.kind === "exit" && unpruned < candidates.at(-1)!
    ? `"${effect.stage}" has ${unpruned} blocks and cannot grow to ${candidates.at(-1)}`
    : undefined;
}

const isAboutLayers = (nodes: unknown): boolean =>
  Array.isArray(nodes) &&
  nodes.every((some: Partial<ChannelSlice> | string | null) =>
    typeof some === "string" || (
      typeof some?.layer === "string" && Number.isInteger(some.from) && some.from! >= 0 &&
      Number.isInteger(some.count) && some.count! > 0
    )
  );

function decisionFault(decision: Decision): string | undefined {
  const { id, space, candidates, effect } = Object(decision) as Partial<Decision>;
  if (typeof id !== "string" || typeof space !== "string") return "it has no id or no space";
  if (effect?.kind !== "exit" && !(effect?.kind === "channels" && isAboutLayers(effect.nodes))) {
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

function refuseConflicts(decisions: readonly Decision[], subject: Subject): void {
  const owners = new Map<string, string>();
  for (const decision of decisions) {
    for (const target of [`decision "${decision.id}"`, ...targetsOf(decision, subject)]) {
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
 * @throws {EspalierError} ERR_SPACE_CONFLICT if two are about one channel or stage;
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
  refuseConflicts(decisions, subject);
  return decisions.filter(({ candidates }) => candidates.length > 1);
}
