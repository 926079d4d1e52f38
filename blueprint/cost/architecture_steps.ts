import type {
  Blueprint,
  BlueprintNode,
  Choices,
  CostNode,
  Decision,
  DecisionId,
  Shape,
} from "@espalier/core";
import { inferShapes } from "../infer_shapes.ts";
import { channelsLeft, type Extent, extentsOf, type ShapesOf } from "../joined_channels.ts";
import { type LayerPart, layerParts } from "../layer_parts.ts";
import { channelRule, leaderOf } from "../ops/channels.ts";
import type { ChannelRule } from "../ops/op.ts";
import { widestShapes } from "../widest.ts";
import { type ChannelSets, createChannelSets } from "./channel_sets.ts";
import { mostImportant } from "./kept.ts";
import { projectionOf } from "./projection.ts";

/** What there is to choose, and which channels are kept. */
export interface StepOptions {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /**
   * Channels by decreasing importance, by decision: the first ones are kept. Inputs of a sum that
   * keep different channels need a projection, even if equally many. Absent: channels in their order.
   */
  readonly ranking?: Readonly<Record<DecisionId, readonly number[]>>;
}

/** Number of the set of channels of a node's output, from choices and the sets of its inputs. */
type SetOf = (choices: Choices, inputs: readonly number[]) => number;

/** A node, prepared so that its widths can be found many times. */
export interface ArchitectureStep {
  /** The unpruned node. */
  readonly node: BlueprintNode;
  /** Positions of its inputs. */
  readonly inputs: readonly number[];
  /** Unpruned shape of its first input, if it has one. */
  readonly input: Shape | undefined;
  /** Unpruned shape of its output. */
  readonly output: Shape;
  /** Set of channels of its output. */
  readonly leaving: SetOf;
  /** A projection in front of its second input. Only sums have it. */
  readonly projection: CostNode | undefined;
}

/** The prepared nodes of a network. */
export interface ArchitectureSteps {
  /** In the order of the nodes. */
  readonly steps: readonly ArchitectureStep[];
  /** The sets of channels that they refer to. */
  readonly sets: ChannelSets;
}

/** The channels that a searched layer keeps, part by part. */
function searchedSet(
  parts: readonly LayerPart[],
  options: { readonly sets: ChannelSets } & Pick<StepOptions, "ranking">,
): SetOf {
  const each = parts.map((part) => partSet(part, options));
  if (each.length === 1) return each[0]!;
  const join = madeOf({ kind: "joins", parts: [...parts.keys()] }, {
    sets: options.sets,
    extents: parts,
  });
  return (choices) => join(each.map((set) => set(choices, [])));
}

function partSet(
  { decision, unpruned }: LayerPart,
  { sets, ranking }: { readonly sets: ChannelSets } & Pick<StepOptions, "ranking">,
): SetOf {
  if (decision === undefined) return () => sets.first(unpruned);
  const { id, candidates } = decision;
  const order = ranking?.[id];
  const bySize = Array.from({ length: candidates.at(-1)! + 1 }, (_, size) => {
    if (order === undefined) return sets.first(size);
    return sets.intern(mostImportant(order, size));
  });
  return (choices) => bySize[choices[id]!]!;
}

/** The channels of a node that no decision is about. */
function inheritedSet(
  node: BlueprintNode,
  { sets, ...places }: ShapesOf & { readonly sets: ChannelSets },
): SetOf {
  const rule = channelRule(node, node.inputs.map((id) => places.shapes.get(id)!));
  if (rule.kind === "makes") {
    const all = sets.first(places.shapes.get(node.id)!.channels);
    return () => all;
  }
  if (rule.kind === "keeps" || rule.kind === "meets") {
    const leader = leaderOf(rule);
    return (_, inputs) => inputs[leader]!;
  }
  const made = madeOf(rule, { sets, extents: extentsOf(node, places) });
  return (_, inputs) => made(inputs);
}

/** Numbers of sets that are made of others; each is made once. */
function madeOf(
  rule: Exclude<ChannelRule, { kind: "makes" }>,
  { sets, extents }: { readonly sets: ChannelSets; readonly extents: readonly Extent[] },
): (inputs: readonly number[]) => number {
  const known = new Map<string, number>();
  return (inputs) => {
    const key = inputs.join();
    let set = known.get(key);
    if (set === undefined) {
      const left = inputs.map(sets.channels);
      known.set(key, set = sets.intern(channelsLeft(rule, { left, extents })));
    }
    return set;
  };
}

/** Prepare the nodes of a blueprint. */
export function architectureSteps(
  blueprint: Blueprint,
  { decisions, ranking }: StepOptions,
): ArchitectureSteps {
  const shapes = inferShapes(blueprint);
  const widest = widestShapes(blueprint, decisions);
  const positions = new Map(blueprint.nodes.map(({ id }, position) => [id, position]));
  const searched = layerParts(blueprint, decisions);
  const sets = createChannelSets();
  const steps = blueprint.nodes.map((node): ArchitectureStep => {
    const parts = searched.get(node.id);
    const output = shapes.get(node.id)!;
    const [input, side] = node.inputs.map((id) => shapes.get(id)!);
    return {
      node,
      inputs: node.inputs.map((id) => positions.get(id)!),
      input,
      output,
      leaving: parts === undefined
        ? inheritedSet(node, { sets, shapes, widest })
        : searchedSet(parts, { sets, ...(ranking && { ranking }) }),
      projection: node.op === "add"
        ? { node: projectionOf(node, output.channels), input: side!, output }
        : undefined,
    };
  });
  return { steps, sets };
}
