import type { Blueprint, NodeId } from "@espalier/core";
import { type ChannelRuns, channelRuns, makersIn, pairsOf } from "./channel_runs.ts";
import { inferValues } from "./infer_shapes.ts";
import { isMaker } from "./nodes.ts";
import { channelRule } from "./ops/channels.ts";
import { wholeMakers } from "./whole_makers.ts";

/** What {@linkcode widthGroups} takes. */
export interface WidthGroupOptions {
  /**
   * What becomes of a residual sum whose sides would keep other channels. `project`: a projection
   * joins them, so that each convolution may have a width of its own. `tie`: they share one width.
   */
  readonly residual: "project" | "tie";
}

/** Joins names into sets, each under one leader. */
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

/** What has to keep the same channels. */
class Ties {
  readonly partition = new Partition();
  /** Nodes whose width may not change, and why. */
  readonly fixed = new Map<NodeId, string>();
  /** Nodes whose channels meet others, with no projection to bring them together. */
  readonly #met = new Set<NodeId>();

  /** Values that meet: node by node where their channels do so one to one, else they stay whole. */
  tie(a: ChannelRuns, b: ChannelRuns, { projectable }: { readonly projectable: boolean }): void {
    const pairs = pairsOf(a, b);
    for (const maker of [...makersIn(a), ...makersIn(b)]) {
      if (!projectable) this.#met.add(maker);
      if (pairs === undefined) this.fix(maker, "it meets channels that are joined in another way");
    }
    for (const [leader, follower] of pairs ?? []) this.partition.follow(follower, leader);
  }

  /** Let a node keep its width. The first reason counts. */
  fix(node: NodeId, why: string): void {
    if (!this.fixed.has(node)) this.fixed.set(node, why);
  }

  /** Whether channels of a value are tied to others, whatever is cut. */
  isTied(runs: ChannelRuns): boolean {
    const tied = new Set([...this.#met].map((id) => this.partition.leader(id)));
    return [...makersIn(runs)].some((id) => tied.has(this.partition.leader(id)));
  }
}

/** Sums and merges whose sides share their widths. */
function tieSides(
  blueprint: Blueprint,
  { runs, ties, residual }: WidthGroupOptions & {
    readonly runs: ReadonlyMap<NodeId, ChannelRuns>;
    readonly ties: Ties;
  },
): void {
  const { shapes, ranks } = inferValues(blueprint);
  const bare = new Set(
    blueprint.nodes.flatMap((node) =>
      node.op === "conv" && node.activation === undefined ? [node.id] : []
    ),
  );
  for (const node of blueprint.nodes) {
    const { id, op, inputs } = node;
    const rule = channelRule(node, inputs.map((input) => shapes.get(input)!));
    const [first, ...others] = rule.kind === "meets" ? rule.parts : op === "add" ? [0, 1] : [];
    const projectable = op === "add" && node.projection !== undefined && residual !== "tie" &&
      ranks.get(id) !== 1;
    if (projectable && !inputs.every((input) => bare.has(input))) continue;
    for (const other of others) {
      ties.tie(runs.get(inputs[first!]!)!, runs.get(inputs[other]!)!, { projectable });
    }
  }
}

/** Calls of one layer make the same channels, and read the same. */
function tieCalls(
  { nodes }: Blueprint,
  { runs, ties }: { readonly runs: ReadonlyMap<NodeId, ChannelRuns>; readonly ties: Ties },
): void {
  const inputs = new Map(nodes.map(({ id, inputs }) => [id, inputs]));
  for (const { id, inputs: [input], sharesWeightsOf } of nodes) {
    if (sharesWeightsOf === undefined) continue;
    const [other] = inputs.get(sharesWeightsOf)!;
    ties.tie(runs.get(other!)!, runs.get(input!)!, { projectable: false });
    ties.tie(runs.get(sharesWeightsOf)!, runs.get(id)!, { projectable: false });
  }
}

/** A cut stage feeds the sums and merges after it from an earlier block: its exits must keep the same. */
function tieExits(
  { stages }: Blueprint,
  { runs, ties }: { readonly runs: ReadonlyMap<NodeId, ChannelRuns>; readonly ties: Ties },
): void {
  // Tying the exits of one stage may put the end of another into a sum: as often as there are stages.
  for (const _ of stages) {
    for (const { blocks } of stages) {
      const last = runs.get(blocks.at(-1)!.output)!;
      if (!ties.isTied(last)) continue;
      for (const { output } of blocks) {
        ties.tie(last, runs.get(output)!, { projectable: false });
      }
    }
  }
}

/** Layers that keep the same channels, and why some keep all. */
interface Widths {
  /** Sets of layers, leader first. */
  readonly sets: readonly (readonly NodeId[])[];
  /** By layer whose width stays: the node of which that is known, and why. */
  readonly fixed: ReadonlyMap<NodeId, { readonly node: NodeId; readonly why: string }>;
}

function widthsIn(blueprint: Blueprint, options: WidthGroupOptions): Widths {
  const runs = channelRuns(blueprint);
  const ties = new Ties();
  for (const { id, op } of blueprint.nodes.filter((node) => !isMaker(node))) {
    ties.fix(id, `it meets the channels of "${id}" (${op})`);
  }
  wholeMakers(blueprint).forEach((why, maker) => ties.fix(maker, why));
  tieSides(blueprint, { runs, ties, ...options });
  tieCalls(blueprint, { runs, ties });
  tieExits(blueprint, { runs, ties });
  const { partition } = ties;
  const makers = blueprint.nodes.filter(isMaker).map(({ id }) => id);
  const sets = Map.groupBy(makers, (id) => partition.leader(id));
  const fixed = new Map<NodeId, { readonly node: NodeId; readonly why: string }>();
  for (const [node, why] of ties.fixed) {
    const leader = partition.leader(node);
    if (!fixed.has(leader)) fixed.set(leader, { node, why });
  }
  return {
    sets: [...sets].map(([leader, members]) =>
      options.residual === "tie" || !members.includes(leader)
        ? members
        : [leader, ...members.filter((id) => id !== leader)]
    ),
    fixed: new Map(
      [...sets].flatMap(([leader, members]) => {
        const reason = fixed.get(leader);
        return reason === undefined ? [] : members.map((id) => [id, reason] as const);
      }),
    ),
  };
}

/**
 * Layers whose widths must be decided as one: convolutions, transposed ones, dense layers. A layer
 * alone is a group of one. In none is one whose channels are an output, enter a softmax or an opaque
 * layer, are mixed by a reshape or spread by a merge, or are added to channels that no layer makes or
 * that are joined in another way (a concatenation and a convolution, say).
 *
 * Under `project` two convolutions that meet directly in a sum are a group led by the main branch:
 * the convolution of a shortcut follows the last one of its block. Merges and sums of vectors are
 * always tied, as only sums of images can be projected, and so are sums that have no projection. Under `tie` the first one of a group leads. A
 * stage whose end is tied in such a way is tied at all of its exits.
 *
 * @param blueprint The network.
 * @param options What becomes of residual sums.
 * @returns Groups, leader first, in the order of their leaders.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function widthGroups(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): readonly (readonly NodeId[])[] {
  const { sets, fixed } = widthsIn(blueprint, options);
  const order = new Map(blueprint.nodes.map(({ id }, index) => [id, index]));
  return sets.filter(([leader]) => !fixed.has(leader!))
    .sort(([a], [b]) => order.get(a!)! - order.get(b!)!);
}

/** A layer whose width stays. */
export interface FixedWidth {
  /** The layer. */
  readonly node: NodeId;
  /** Why, as in `a softmax reads it`. */
  readonly why: string;
}

/**
 * Layers whose widths cannot be decided, and why.
 *
 * @param blueprint The network.
 * @param options What becomes of residual sums.
 * @returns Layers that are in no group of {@linkcode widthGroups}, in the order of the network.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function fixedWidths(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): readonly FixedWidth[] {
  const { fixed } = widthsIn(blueprint, options);
  return blueprint.nodes.flatMap(({ id }) => {
    const reason = fixed.get(id);
    if (reason === undefined) return [];
    const { node, why } = reason;
    const isMade = fixed.has(node);
    return [{
      node: id,
      why: node === id || !isMade ? why : `it keeps what "${node}" does: ${why}`,
    }];
  });
}
