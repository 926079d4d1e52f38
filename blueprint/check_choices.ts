import {
  type Blueprint,
  type Choices,
  type Decision,
  EspalierError,
  type LayerChannels,
  type NodeId,
  type StageId,
} from "@espalier/core";
import { joinedChannels } from "./joined_channels.ts";
import { channelsName, layerOf, layerParts, sliceOf } from "./layer_parts.ts";
import { isMaker } from "./nodes.ts";

/** What {@linkcode derive} takes. */
export interface DeriveOptions {
  /** The decisions. */
  readonly decisions: readonly Decision[];
  /** The value chosen for every decision, from 1 to the largest candidate; need not be one. */
  readonly choices: Choices;
  /**
   * Channels kept by layer or slice (`a[4:8]`), ascending and counted from its first one; as many as
   * chosen. Those that the unpruned one lacks have numbers from its channels on. Absent: the first ones.
   */
  readonly kept?: Readonly<Record<string, readonly number[]>>;
}

/** Choices by what they change. */
export interface Changes {
  /** Channels that decided nodes keep. */
  readonly widths: ReadonlyMap<NodeId, readonly number[]>;
  /** Blocks that decided stages keep. */
  readonly depths: ReadonlyMap<StageId, number>;
}

function refuse(blueprint: Blueprint, rule: string, state: string): never {
  throw new EspalierError(
    "ERR_ARCHITECTURE_INVALID",
    `Cannot derive from "${blueprint.name}" as ${rule}: ${state}. ` +
      "Choose for the decisions of this network.",
  );
}

const prefixes = new Map<number, readonly number[]>();

/** 0, 1, … count − 1; the same array every time, so that equal sets are mostly one object. */
export function firstChannels(count: number): readonly number[] {
  let channels = prefixes.get(count);
  if (channels === undefined) {
    channels = Object.freeze(Array.from({ length: count }, (_, channel) => channel));
    prefixes.set(count, channels);
  }
  return channels;
}

function keptFault(kept: readonly number[], size: number, most: number): string | undefined {
  if (kept.length !== size) return `has ${kept.length} channels where ${size} were chosen`;
  const wrong = kept.find((channel, i) =>
    !Number.isInteger(channel) || channel < 0 || channel >= most ||
    (i > 0 && channel <= kept[i - 1]!)
  );
  return wrong === undefined ? undefined : `has ${wrong} out of order or outside 0 … ${most - 1}`;
}

function checkValue(blueprint: Blueprint, decision: Decision, choices: Choices): number {
  const most = decision.candidates.at(-1)!;
  const value = Object.hasOwn(choices, decision.id) ? choices[decision.id] : undefined;
  if (value === undefined) {
    refuse(blueprint, "every decision has a choice", `"${decision.id}" has none`);
  }
  if (!Number.isInteger(value) || value < 1 || value > most) {
    refuse(blueprint, `"${decision.id}" is an integer from 1 to ${most}`, `it is ${value}`);
  }
  return value;
}

/** Check choices against the decisions; throws ERR_ARCHITECTURE_INVALID. */
export function checkChoices(blueprint: Blueprint, options: DeriveOptions): Changes {
  const { decisions, choices, kept = {} } = options;
  const sets = new Map<string, readonly number[]>();
  const depths = new Map<StageId, number>();
  const sizes = new Map(blueprint.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]));
  const ids = new Set(decisions.map(({ id }) => id));
  const stranger = Object.keys(choices).find((id) => !ids.has(id));
  if (stranger !== undefined) {
    refuse(blueprint, "choices name decisions", `there is no "${stranger}"`);
  }
  for (const decision of decisions) {
    const value = checkValue(blueprint, decision, choices);
    const { effect } = decision;
    if (effect.kind === "exit") {
      const stage = blueprint.stages.find(({ id }) => id === effect.stage);
      if (stage === undefined || value > stage.blocks.length) {
        refuse(blueprint, "a cut stage exists", `"${effect.stage}" with ${value} blocks does not`);
      }
      depths.set(effect.stage, value);
      continue;
    }
    for (const some of effect.nodes) {
      const name = channelsName(some);
      const size = sizeOf(some, sizes.get(layerOf(some)));
      if (size === undefined) {
        refuse(blueprint, "a searched node makes channels", `"${name}" to ${value} channels`);
      }
      const set = kept[name] ?? firstChannels(value);
      const fault = keptFault(set, value, Math.max(value, size));
      if (fault !== undefined) refuse(blueprint, "kept channels fit", `"${name}" ${fault}`);
      sets.set(name, set);
    }
  }
  const undecided = Object.keys(kept).find((name) => !sets.has(name));
  if (undecided !== undefined) {
    refuse(blueprint, "kept channels belong to decided nodes", `"${undecided}" is not`);
  }
  const widths = new Map<NodeId, readonly number[]>();
  for (const [id, parts] of layerParts(blueprint, decisions)) {
    const twice = parts.find(({ from }, i) =>
      from < (parts[i - 1]?.from ?? 0) + (parts[i - 1]?.unpruned ?? 0)
    );
    if (twice !== undefined) {
      refuse(blueprint, "a channel is decided once", `"${twice.name}" is not`);
    }
    const each = parts.map(({ name, unpruned }) => sets.get(name) ?? firstChannels(unpruned));
    widths.set(id, joinedChannels(each, parts));
  }
  return { widths, depths };
}

/** How many channels some of a layer are; undefined, if there is no such layer, or it has fewer. */
function sizeOf(some: LayerChannels, channels: number | undefined): number | undefined {
  if (channels === undefined) return undefined;
  const { from, count } = sliceOf(some, channels);
  return from + count <= channels ? count : undefined;
}
