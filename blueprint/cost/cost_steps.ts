import type {
  Blueprint,
  BlueprintNode,
  Choices,
  CostModel,
  Decision,
  DecisionId,
  NodeId,
  Shape,
} from "@espalier/core";
import { inferShapes } from "../infer_shapes.ts";
import { type ChannelSets, createChannelSets } from "./channel_sets.ts";
import { channelDecisions } from "./governance.ts";
import { projectionOf } from "./projection.ts";
import { type WidthCost, widthCost } from "./width_cost.ts";

/** What {@linkcode costFunction} takes. */
export interface CostFunctionOptions {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** What a node costs. */
  readonly model: CostModel;
  /**
   * Channels by falling importance, by decision: the first ones are kept. Sides of a sum that keep
   * other channels need a projection, also where they keep as many. Absent: channels in their order.
   */
  readonly ranking?: Readonly<Record<DecisionId, readonly number[]>>;
}

/** Number of the set of channels that a node gives, by choices and the sets of its inputs. */
type SetOf = (choices: Choices, inputs: readonly number[]) => number;

/** A node, prepared for being counted many times. */
export interface CostStep {
  /** Positions of its inputs. */
  readonly inputs: readonly number[];
  /** What it gives. */
  readonly outputs: SetOf;
  /** What it costs. */
  readonly cost: WidthCost;
  /** What a projection in front of its second input costs. Only sums have it. */
  readonly projection?: WidthCost;
}

/** The prepared nodes of a network. */
export interface CostSteps {
  /** In the order of the nodes. */
  readonly steps: readonly CostStep[];
  /** The sets of channels that they speak of. */
  readonly sets: ChannelSets;
}

/** Remembers, by the sets that enter, the set that leaves. */
function joining(
  sets: ChannelSets,
  join: (inputs: readonly (readonly number[])[]) => readonly number[],
): SetOf {
  const known = new Map<string, number>();
  return (_, inputs) => {
    const key = inputs.join();
    let set = known.get(key);
    if (set === undefined) known.set(key, set = sets.intern(join(inputs.map(sets.channels))));
    return set;
  };
}

/** The kept channels of several parts in a row, `sizes` of them before pruning. */
function joinParts(parts: readonly (readonly number[])[], sizes: readonly number[]): number[] {
  let offset = 0;
  return parts.flatMap((channels, i) => {
    const start = offset;
    offset += sizes[i]!;
    return channels.map((channel) => start + channel);
  });
}

/** What a searched convolution keeps, for every number of channels. */
function chosen(
  { id, candidates }: Decision,
  { sets, ranking }: { readonly sets: ChannelSets } & Pick<CostFunctionOptions, "ranking">,
): SetOf {
  const order = ranking?.[id];
  const bySize = Array.from({ length: candidates.at(-1)! + 1 }, (_, size) => {
    if (order === undefined) return sets.first(size);
    return sets.intern(order.slice(0, size).sort((a, b) => a - b));
  });
  return (choices) => bySize[choices[id]!]!;
}

function given(node: BlueprintNode, sets: ChannelSets, shapes: ReadonlyMap<NodeId, Shape>): SetOf {
  const sources = node.inputs.map((id) => shapes.get(id)!);
  switch (node.op) {
    case "input":
    case "conv":
    case "dense": {
      const all = sets.first(shapes.get(node.id)!.channels);
      return () => all;
    }
    case "concat":
      return joining(sets, (parts) => joinParts(parts, sources.map(({ channels }) => channels)));
    case "flatten": {
      const { height, width, channels } = sources[0]!;
      const sizes = Array.from({ length: height * width }, () => channels);
      return joining(sets, ([kept]) => joinParts(sizes.map(() => kept!), sizes));
    }
    default:
      return (_, inputs) => inputs[0]!; // A sum has the channels of its main branch.
  }
}

/** Prepare the nodes of a blueprint: channels and costs, each pair of widths asked for once. */
export function costSteps(
  blueprint: Blueprint,
  { decisions, model, ranking }: CostFunctionOptions,
): CostSteps {
  const shapes = inferShapes(blueprint);
  const positions = new Map(blueprint.nodes.map(({ id }, position) => [id, position]));
  const governing = channelDecisions(decisions);
  const sets = createChannelSets();
  const steps = blueprint.nodes.map((node): CostStep => {
    const decision = governing.get(node.id);
    const output = shapes.get(node.id)!;
    const [main, side] = node.inputs.map((id) => shapes.get(id)!);
    return {
      inputs: node.inputs.map((id) => positions.get(id)!),
      outputs: decision === undefined
        ? given(node, sets, shapes)
        : chosen(decision, { sets, ...(ranking && { ranking }) }),
      cost: main === undefined ? () => 0 : widthCost(model, { node, input: main, output }),
      ...(node.op === "add" && {
        projection: widthCost(model, {
          node: projectionOf(node, output.channels),
          input: side!,
          output,
        }),
      }),
    };
  });
  return { steps, sets };
}
