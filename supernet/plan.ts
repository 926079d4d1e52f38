import {
  type ChannelRule,
  channelRule,
  type Extent,
  extentsOf,
  inferValues,
  isMaker,
  weightsOf,
  widestShapes,
} from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  Decision,
  Mixture,
  NodeId,
  Shape,
  Stage,
} from "@espalier/core";

/** Axes of an example: 1 of a vector, 2 of a sequence, 3 of an image. */
type Rank = 1 | 2 | 3;

/** What a compiled network knows about a node besides the blueprint. */
export interface NodePlan {
  /** The node; a searched layer is as wide as its widest candidate. */
  readonly node: BlueprintNode;
  /** Names of its input values: nodes, or a stage whose depth is searched. */
  readonly sources: readonly string[];
  /** Channels of its inputs; of values that it joins, those of each part. */
  readonly extents: readonly Extent[];
  /** Shape of its value in the unpruned network. */
  readonly shape: Shape;
  /** Axes of an example of its value. */
  readonly rank: Rank;
  /** The same of its inputs. */
  readonly ranks: readonly Rank[];
  /** Where its channels come from. */
  readonly channels: ChannelRule;
  /** Whether its input depends on parameters. */
  readonly differentiable: boolean;
}

/** A stage whose depth is searched. */
export interface ExitPlan {
  /** The stage. */
  readonly stage: Stage;
  /** The decision about it. */
  readonly decision: Decision;
}

/** Stages whose depth is searched. */
export function planExits(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): readonly ExitPlan[] {
  return blueprint.stages.flatMap((stage) => {
    const decision = decisions.find(({ effect }) =>
      effect.kind === "exit" && effect.stage === stage.id
    );
    return decision === undefined ? [] : [{ stage, decision }];
  });
}

/** The block outputs that a mixture of depths reads, in its order. */
export function exitOutputs(
  { stage, decision }: ExitPlan,
  mixture: Pick<Mixture, "indices">,
): readonly NodeId[] {
  return mixture.indices.map((i) => stage.blocks[decision.candidates[i]! - 1]!.output);
}

/** The nodes of blocks behind the deepest exit of the mixture. */
export function nodesBehind(
  { stage, decision }: ExitPlan,
  mixture: Pick<Mixture, "indices">,
): readonly NodeId[] {
  const deepest = Math.max(...mixture.indices.map((i) => decision.candidates[i]!));
  return stage.blocks.slice(deepest).flatMap(({ nodes }) => nodes);
}

/** Plan the nodes of a blueprint, in order. */
export function planNodes(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): readonly NodePlan[] {
  const exits = planExits(blueprint, decisions);
  const { shapes, ranks } = inferValues(blueprint);
  const widest = widestShapes(blueprint, decisions);
  const learned = new Set<NodeId>();
  return blueprint.nodes.map((node) => {
    const differentiable = node.inputs.some((id) => learned.has(id));
    if (differentiable || weightsOf(node).length > 0) learned.add(node.id);
    return {
      node: isMaker(node) ? { ...node, channels: widest.made.get(node.id)!.channels } : node,
      sources: node.inputs.map((id) => sourceOf(node.id, id, exits)),
      extents: extentsOf(node, { shapes, widest }),
      shape: shapes.get(node.id)!,
      rank: ranks.get(node.id)!,
      ranks: node.inputs.map((id) => ranks.get(id)!),
      channels: channelRule(node, node.inputs.map((id) => shapes.get(id)!)),
      differentiable,
    };
  });
}

/** Outside a stage of searched depth, its last block's output stands for the mixed exits. */
function sourceOf(consumer: NodeId, input: NodeId, exits: readonly ExitPlan[]): string {
  const exit = exits.find(({ stage }) =>
    stage.blocks.at(-1)!.output === input &&
    !stage.blocks.some(({ nodes }) => nodes.includes(consumer))
  );
  return exit?.stage.id ?? input;
}
