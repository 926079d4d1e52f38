import type { Block, Blueprint, NodeId } from "@espalier/core";
import { inferValues } from "./infer_shapes.ts";

/** What {@linkcode widthGroups} takes. */
export interface WidthGroupOptions {
  /**
   * How a residual sum gets inputs of one width. `project`: by a projection, so that each convolution
   * may have a width of its own. `tie`: its inputs share one width.
   */
  readonly residual: "project" | "tie";
}

/** Disjoint sets of names, each with a leader (union-find). */
class Partition {
  readonly #parents = new Map<NodeId, NodeId>();

  leader(id: NodeId): NodeId {
    const parent = this.#parents.get(id);
    return parent === undefined ? id : this.leader(parent);
  }

  follow(follower: NodeId, leader: NodeId): void {
    const [from, to] = [this.leader(follower), this.leader(leader)];
    if (from !== to) this.#parents.set(from, to);
  }
}

/** Nodes that make channels, rather than pass them on. */
interface Makers {
  /** The convolution, or other node, that makes the channels of each value. */
  readonly of: ReadonlyMap<NodeId, NodeId>;
  /** Those whose width may not change. */
  readonly fixed: ReadonlySet<NodeId>;
}

function makersOf(blueprint: Blueprint): Makers {
  const of = new Map<NodeId, NodeId>();
  const fixed = new Set<NodeId>();
  for (const { id, op, inputs } of blueprint.nodes) {
    const makes = ["input", "conv", "dense", "flatten", "concat"].includes(op);
    of.set(id, makes ? id : of.get(inputs[0]!)!);
    if (makes && op !== "conv") fixed.add(id);
  }
  return { of, fixed: fixed.add(of.get(blueprint.output)!) };
}

/** Sums whose inputs share one width, as pairs of makers, leader first. */
function tiedPairs(
  blueprint: Blueprint,
  { residual }: WidthGroupOptions,
): (readonly [leader: NodeId, follower: NodeId])[] {
  const { vectors } = inferValues(blueprint);
  const { of } = makersOf(blueprint);
  const bare = new Set(
    blueprint.nodes.flatMap((node) =>
      node.op === "conv" && node.activation === undefined ? [node.id] : []
    ),
  );
  return blueprint.nodes.flatMap((node) => {
    if (node.op !== "add") return [];
    const direct = node.inputs.every((id) => bare.has(id));
    const ties = residual === "tie" || vectors.has(node.id) || direct;
    return ties ? [[of.get(node.inputs[0]!)!, of.get(node.inputs[1]!)!] as const] : [];
  });
}

interface Ties {
  readonly makers: Makers;
  readonly partition: Partition;
  readonly pairs: readonly (readonly [NodeId, NodeId])[];
}

/** A cut stage feeds the sums after it from an earlier block: all its exits must be equally wide. */
function tieExits(blueprint: Blueprint, { makers, partition, pairs }: Ties): void {
  const summed = () => new Set(pairs.map(([leader]) => partition.leader(leader)));
  const makerOf = (block: Block): NodeId => makers.of.get(block.output)!;
  // Tying the exits of one stage may tie the end of another to a sum: repeat once per stage.
  for (const _ of blueprint.stages) {
    for (const { blocks } of blueprint.stages) {
      const last = makerOf(blocks.at(-1)!);
      if (!summed().has(partition.leader(last))) continue;
      for (const block of blocks) partition.follow(makerOf(block), last);
    }
  }
}

/**
 * Convolutions whose widths must be decided as one. A convolution alone is a group of one; one whose
 * channels are the logits, or are tied to channels that no convolution makes, is in none.
 *
 * Under `project` two convolutions that meet directly in a sum are a group led by the main branch:
 * the convolution of a shortcut follows the last one of its block. Sums of vectors are always tied,
 * as only images can be projected. Under `tie` the first one of a group leads, and a stage whose end
 * is summed is tied at all of its exits.
 *
 * @param blueprint The network.
 * @param options How residual sums get inputs of one width.
 * @returns Groups, leader first, in the order of their leaders.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function widthGroups(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): readonly (readonly NodeId[])[] {
  const makers = makersOf(blueprint);
  const partition = new Partition();
  const pairs = tiedPairs(blueprint, options);
  for (const [leader, follower] of pairs) partition.follow(follower, leader);
  if (options.residual === "tie") tieExits(blueprint, { makers, partition, pairs });

  const convs = blueprint.nodes.filter(({ op }) => op === "conv").map(({ id }) => id);
  const order = new Map(convs.map((id, index) => [id, index]));
  const frozen = new Set([...makers.fixed].map((id) => partition.leader(id)));
  return [...Map.groupBy(convs, (id) => partition.leader(id))]
    .filter(([leader]) => !frozen.has(leader))
    .map(([leader, members]) =>
      options.residual === "tie" ? members : [leader, ...members.filter((id) => id !== leader)]
    )
    .sort(([a], [b]) => order.get(a!)! - order.get(b!)!);
}
