import type {
  AddNode,
  Blueprint,
  BlueprintNode,
  ConvNode,
  NodeId,
  NormSpec,
  Origin,
} from "@espalier/core";
import { blueprintFault } from "./blueprint_fault.ts";
import { checkChoices, type DeriveOptions, firstChannels } from "./check_choices.ts";
import { cutStages } from "./cut_stages.ts";
import { inferValues } from "./infer_shapes.ts";
import { channelsLeft, extentsOf, type ShapesOf } from "./joined_channels.ts";
import { conv, DEFAULT_NORM } from "./nodes.ts";
import { channelRule } from "./ops/channels.ts";
import { opOf } from "./ops/table.ts";
import { weightsOf } from "./ops/weights.ts";
import { widestShapes } from "./widest.ts";

/** Channels of the unpruned value that a derived value holds, numbered as in `Origin`. */
type Kept = readonly number[];

function sameChannels(a: Kept, b: Kept): boolean {
  return a === b || (a.length === b.length && a.every((channel, i) => channel === b[i]));
}

/** The nearest norm before a value, along the first inputs. */
function normBefore(nodes: ReadonlyMap<NodeId, BlueprintNode>, id: NodeId): NormSpec {
  for (let node = nodes.get(id); node !== undefined; node = nodes.get(node.inputs[0] ?? "")) {
    if ("norm" in node && node.norm !== undefined) return node.norm;
  }
  return DEFAULT_NORM;
}

/** Names of nodes that there are so far; of a block with two projections only one is its shortcut. */
function freeId(add: NodeId, taken: (id: NodeId) => boolean): NodeId {
  const prefix = add.slice(0, add.lastIndexOf("/") + 1);
  const id = `${prefix}shortcut`;
  return prefix === "" || taken(id) ? `${add}_shortcut` : id;
}

/** Refuse a projection where there can be none. */
function checkProjection(blueprint: Blueprint, add: AddNode, rank: number): void {
  if (add.projection !== undefined && rank > 1) return;
  throw blueprintFault(blueprint.name, {
    rule: rank > 1
      ? "a sum without a projection adds like to like"
      : "only images can be projected",
    state: `the inputs of "${add.id}" kept different channels`,
    advice: "Tie the widths of both inputs",
  });
}

/** What is known while channels are followed through a network. */
export interface Derivation extends ShapesOf {
  /** The unpruned nodes. */
  readonly originals: ReadonlyMap<NodeId, BlueprintNode>;
  /** Channels that decided convolutions keep. */
  readonly widths: ReadonlyMap<NodeId, Kept>;
  /** Channels kept by the nodes so far. */
  readonly kept: Map<NodeId, Kept>;
}

/** Channels of the unpruned value that a node's derived value holds. */
export function channelsKept(node: BlueprintNode, derivation: Derivation): Kept {
  const { originals, shapes, widths, kept } = derivation;
  const original = originals.get(node.id)!;
  const rule = channelRule(original, original.inputs.map((id) => shapes.get(id)!));
  if (rule.kind === "makes") {
    return widths.get(node.id) ?? firstChannels(shapes.get(node.id)!.channels);
  }
  return channelsLeft(rule, {
    left: node.inputs.map((id) => kept.get(id)!),
    extents: extentsOf(original, derivation),
  });
}

/** The node, if it has weights with where its channels came from. */
export function withOrigin(node: BlueprintNode, inputs: Kept, outputs: Kept): BlueprintNode {
  if (weightsOf(node).length === 0) return node;
  const origin: Origin = { node: node.id, inputs, outputs };
  return { ...node, origin };
}

function narrow(node: BlueprintNode, inputs: Kept, outputs: Kept): BlueprintNode {
  return withOrigin(opOf(node).narrow?.(node, outputs.length) ?? node, inputs, outputs);
}

/** The projection that a sum needs in front of its second input, if any. */
function projectionFor(add: AddNode, { originals, kept }: Derivation): ConvNode | undefined {
  const [main, side] = add.inputs as [NodeId, NodeId];
  const [outputs, inputs] = [kept.get(main)!, kept.get(side)!];
  if (sameChannels(outputs, inputs)) return undefined;
  const norm = add.projection?.norm ? { norm: normBefore(originals, main) } : {};
  return {
    ...conv({
      id: freeId(add.id, (id) => originals.has(id) || kept.has(id)),
      input: side,
      channels: outputs.length,
      kernel: 1,
      ...norm,
    }),
    origin: { node: null, inputs, outputs },
  };
}

/**
 * The derived network, narrower or wider and shallower: a function from blueprint to blueprint. Stages are cut first; one
 * pass then sets the width of every node and inserts projections, so that the order of decisions does not
 * matter. A sum needs no projection where both inputs kept the same channels. Elsewhere a 1×1
 * convolution brings the second input to the channels of the first; it is named as the shortcut of
 * the block (`stage0/block0/shortcut`).
 *
 * Convolutions, norms and dense layers record in `origin` where their channels came from.
 *
 * @param blueprint The unpruned network.
 * @param options Decisions, what was chosen, and which channels are kept.
 * @returns The derived network.
 * @throws {EspalierError} ERR_ARCHITECTURE_INVALID if choices or kept channels do not fit;
 * ERR_BLUEPRINT_INVALID if a sum of vectors, or one that has no projection, would need it.
 */
export function derive(blueprint: Blueprint, options: DeriveOptions): Blueprint {
  const { widths, depths } = checkChoices(blueprint, options);
  const { shapes, ranks } = inferValues(blueprint);
  const originals = new Map(blueprint.nodes.map((node) => [node.id, node]));
  const widest = widestShapes(blueprint, options.decisions);
  const derivation: Derivation = { originals, shapes, widest, widths, kept: new Map() };
  const { kept } = derivation;
  const projections = new Map<NodeId, NodeId>();
  const cut = cutStages(blueprint, depths);

  const nodes = cut.nodes.flatMap((node) => {
    const outputs = channelsKept(node, derivation);
    kept.set(node.id, outputs);
    const projection = node.op === "add" ? projectionFor(node, derivation) : undefined;
    if (projection === undefined) return [narrow(node, kept.get(node.inputs[0]!)!, outputs)];
    checkProjection(blueprint, node as AddNode, ranks.get(node.id)!);
    projections.set(node.id, projection.id);
    kept.set(projection.id, outputs);
    return [projection, { ...node, inputs: [node.inputs[0]!, projection.id] }];
  });

  const withProjection = (id: NodeId): NodeId[] =>
    projections.has(id) ? [projections.get(id)!, id] : [id];
  const stages = cut.stages.map(({ id, blocks }) => ({
    id,
    blocks: blocks.map((block) => ({ ...block, nodes: block.nodes.flatMap(withProjection) })),
  }));
  return { ...cut, nodes, stages };
}
