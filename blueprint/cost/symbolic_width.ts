import type { Blueprint, BlueprintNode, Decision, NodeId, Shape } from "@espalier/core";
import { type LayerPart, layerParts } from "../layer_parts.ts";
import { channelRule, leaderOf } from "../ops/channels.ts";

/** Channels of a value: a fixed number plus multiples of what decisions choose. */
export interface SymbolicWidth {
  /** Channels that no decision changes. */
  readonly fixed: number;
  /** How many times the channels of each decision occur: more than once after flattening. */
  readonly searched: ReadonlyMap<Decision, number>;
}

/** Channels for chosen values. */
export function channelsAt(
  { fixed, searched }: SymbolicWidth,
  chosen: ReadonlyMap<Decision, number>,
): number {
  let channels = fixed;
  for (const [decision, times] of searched) channels += times * chosen.get(decision)!;
  return channels;
}

/** Fewest and most channels. */
export function channelRange({ fixed, searched }: SymbolicWidth): readonly [number, number] {
  let [low, high] = [fixed, fixed];
  for (const [{ candidates }, times] of searched) {
    low += times * candidates[0]!;
    high += times * candidates.at(-1)!;
  }
  return [low, high];
}

function add(widths: readonly SymbolicWidth[]): SymbolicWidth {
  const searched = new Map<Decision, number>();
  for (const [decision, times] of widths.flatMap((width) => [...width.searched])) {
    searched.set(decision, (searched.get(decision) ?? 0) + times);
  }
  return { fixed: widths.reduce((total, { fixed }) => total + fixed, 0), searched };
}

const widthOfPart = ({ unpruned, decision }: LayerPart): SymbolicWidth =>
  decision === undefined
    ? { fixed: unpruned, searched: new Map() }
    : { fixed: 0, searched: new Map([[decision, 1]]) };

/** What {@linkcode symbolicWidths} works with. */
export interface SymbolicWidthsOptions {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** Shape of each node's value in the unpruned network. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
}

/**
 * The output width of every node at full depth. A sum has that of its main branch; what follows a
 * stage reads that of the stage's last block, as in the official code.
 */
export function symbolicWidths(
  blueprint: Blueprint,
  { decisions, shapes }: SymbolicWidthsOptions,
): ReadonlyMap<NodeId, SymbolicWidth> {
  const searched = layerParts(blueprint, decisions);
  const widths = new Map<NodeId, SymbolicWidth>();
  const widthOf = (node: BlueprintNode): SymbolicWidth => {
    const parts = searched.get(node.id);
    if (parts !== undefined) return add(parts.map(widthOfPart));
    const rule = channelRule(node, node.inputs.map((id) => shapes.get(id)!));
    if (rule.kind === "makes") {
      return { fixed: shapes.get(node.id)!.channels, searched: new Map() };
    }
    const inputs = node.inputs.map((id) => widths.get(id)!);
    if (rule.kind === "keeps" || rule.kind === "meets") return inputs[leaderOf(rule)]!;
    const sources = rule.kind === "joins" ? rule.parts : new Array<number>(rule.times).fill(0);
    return add(sources.map((source) => inputs[source]!));
  };
  for (const node of blueprint.nodes) widths.set(node.id, widthOf(node));
  return widths;
}
