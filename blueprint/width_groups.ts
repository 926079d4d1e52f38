import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { mixesChannels } from "./activations.ts";
import { type ChannelRuns, channelRuns, makersIn, pairsOf } from "./channel_runs.ts";
import { inferShapes, inferValues } from "./infer_shapes.ts";
import { isMaker } from "./nodes.ts";
import { outputsOf } from "./outputs_of.ts";
import { channelRule } from "./ops/channels.ts";
import type { ChannelRule } from "./ops/op.ts";

/** What {@linkcode widthGroups} takes. */
export interface WidthGroupOptions {
  /**
   * What becomes of a residual sum whose sides would keep other channels. `project`: a projection
   * joins them, so that each convolution may have a width of its own. `tie`: they share one width.
   */
  readonly residual: "project" | "tie";
}

/** Why a layer keeps all of its channels. */
export interface WholeReason {
  /**
   * What it is. `output`: they are an output. `softmax`: a softmax reads them. `reshape`: a reshape mixes
   * them. `opaque`: an opaque layer reads them. `spread`: a merge spreads the only one over others.
   * `unlike`: they meet channels that no layer makes, or that are joined in another way.
   */
  readonly kind: "output" | "softmax" | "reshape" | "opaque" | "spread" | "unlike";
  /** The node where that is so. */
  readonly at: NodeId;
  /** The layer that has to keep the same channels, where it is that one's reason. */
  readonly with?: NodeId;
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

interface TieOptions {
  /** The node where values meet. */
  readonly at: NodeId;
  /** Whether a projection may join them. */
  readonly projectable?: boolean;
}

/** What has to keep the same channels. */
class Ties {
  readonly partition = new Partition();
  /** Nodes whose channels meet others, but not one to one. */
  readonly unlike = new Map<NodeId, WholeReason>();
  /** Nodes whose channels meet others, with no projection to bring them together. */
  readonly #met = new Set<NodeId>();

  /** Values that meet: node by node where their channels do so one to one, else they stay whole. */
  tie(a: ChannelRuns, b: ChannelRuns, { at, projectable = false }: TieOptions): void {
    const pairs = pairsOf(a, b);
    for (const maker of [...makersIn(a), ...makersIn(b)]) {
      if (!projectable) this.#met.add(maker);
      if (pairs === undefined) this.unlike.set(maker, { kind: "unlike", at });
    }
    for (const [leader, follower] of pairs ?? []) this.partition.follow(follower, leader);
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
      ties.tie(runs.get(inputs[first!]!)!, runs.get(inputs[other]!)!, { at: id, projectable });
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
    ties.tie(runs.get(other!)!, runs.get(input!)!, { at: id });
    ties.tie(runs.get(sharesWeightsOf)!, runs.get(id)!, { at: id });
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
        ties.tie(last, runs.get(output)!, { at: output });
      }
    }
  }
}

/**
 * What makes channels that all have to stay: those of outputs, of what a softmax, a reshaping of the
 * channels or an opaque layer reads, and the one channel that a merge spreads over all. Both sides of a
 * sum make them, and every block that a stage may end with.
 */
function wholeMakers(blueprint: Blueprint): ReadonlyMap<NodeId, WholeReason> {
  const { nodes, stages } = blueprint;
  const shapes = inferShapes(blueprint);
  const exits = new Map(
    stages.map(({ blocks }) => [blocks.at(-1)!.output, blocks.map(({ output }) => output)]),
  );
  const whole = new Map(
    outputsOf(blueprint).map(({ node, activation }) => [node, {
      kind: mixesChannels(activation) ? "softmax" : "output",
      at: node,
    } as WholeReason]),
  );
  const makers = new Map<NodeId, WholeReason>();
  for (const node of nodes.toReversed()) {
    const { id, inputs } = node;
    const rule = channelRule(node, inputs.map((input) => shapes.get(input)!));
    if ("activation" in node && mixesChannels(node.activation)) {
      whole.set(id, { kind: "softmax", at: id });
    }
    const own = whole.get(id);
    if (own) exits.get(id)?.forEach((output) => whole.set(output, own));
    if (own && rule.kind === "makes") makers.set(id, own);
    inputs.forEach((input, i) => {
      const reason = readWhole(node, { rule, input: i }) ??
        (rule.kind === "makes" ? undefined : own);
      if (reason) whole.set(input, reason);
    });
  }
  return makers;
}

/** Why a node reads all channels of an input. */
function readWhole(
  node: BlueprintNode,
  { rule, input }: { readonly rule: ChannelRule; readonly input: number },
): WholeReason | undefined {
  const { id: at, op } = node;
  if (rule.kind === "meets") return rule.parts.includes(input) ? undefined : { kind: "spread", at };
  if (rule.kind !== "makes" || isMaker(node)) return undefined;
  return { kind: op === "opaque" ? "opaque" : "reshape", at };
}

interface Grouping {
  readonly partition: Partition;
  /** Of the nodes that keep all channels for a reason of their own. */
  readonly reasons: ReadonlyMap<NodeId, WholeReason>;
}

function groupingOf(blueprint: Blueprint, options: WidthGroupOptions): Grouping {
  const runs = channelRuns(blueprint);
  const ties = new Ties();
  tieSides(blueprint, { runs, ties, ...options });
  tieCalls(blueprint, { runs, ties });
  tieExits(blueprint, { runs, ties });
  const others = blueprint.nodes.filter((node) => !isMaker(node))
    .map(({ id }) => [id, { kind: "unlike", at: id }] as const);
  return {
    partition: ties.partition,
    reasons: new Map([...others, ...ties.unlike, ...wholeMakers(blueprint)]),
  };
}

/**
 * Why layers keep all of their channels: those that are in none of {@linkcode widthGroups}.
 *
 * @param blueprint The network.
 * @param options What becomes of residual sums.
 * @returns Reasons by layer, in the order of the network.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function wholeReasons(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): ReadonlyMap<NodeId, WholeReason> {
  const { partition, reasons } = groupingOf(blueprint, options);
  const shared = new Map<NodeId, WholeReason>();
  for (const [id, { at, kind }] of reasons) {
    const leader = partition.leader(id);
    if (!shared.has(leader)) shared.set(leader, { kind, at, with: id });
  }
  return new Map(
    blueprint.nodes.filter(isMaker).flatMap(({ id }) => {
      const reason = reasons.get(id) ?? shared.get(partition.leader(id));
      return reason === undefined ? [] : [[id, reason] as const];
    }),
  );
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
  const { partition, reasons } = groupingOf(blueprint, options);
  const makers = blueprint.nodes.filter(isMaker).map(({ id }) => id);
  const order = new Map(makers.map((id, index) => [id, index]));
  const frozen = new Set([...reasons.keys()].map((id) => partition.leader(id)));
  return [...Map.groupBy(makers, (id) => partition.leader(id))]
    .filter(([leader]) => !frozen.has(leader))
    .map(([leader, members]) =>
      options.residual === "tie" ? members : [leader, ...members.filter((id) => id !== leader)]
    )
    .sort(([a], [b]) => order.get(a!)! - order.get(b!)!);
}
