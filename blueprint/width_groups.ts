import type { Blueprint, ChannelSlice, LayerChannels, NodeId } from "@espalier/core";
import { type ChannelSources, channelSources } from "./channel_sources.ts";
import { type ChannelClass, ChannelTies, type Reason } from "./channel_ties.ts";
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

/** Channels of all values, and what is known to tie them. */
interface TieOptions {
  readonly values: ChannelSources["values"];
  readonly ties: ChannelTies;
}

/** Sums and merges whose sides share their widths. */
function tieSides(
  blueprint: Blueprint,
  { values, ties, residual }: WidthGroupOptions & TieOptions,
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
      ties.tie(values.get(inputs[first!]!)!, values.get(inputs[other]!)!, { projectable });
    }
  }
}

/** Calls of one layer make the same channels, and read the same. */
function tieCalls(
  { nodes }: Blueprint,
  { values, ties }: TieOptions,
): void {
  const inputs = new Map(nodes.map(({ id, inputs }) => [id, inputs]));
  for (const { id, inputs: [input], sharesWeightsOf } of nodes) {
    if (sharesWeightsOf === undefined) continue;
    const [other] = inputs.get(sharesWeightsOf)!;
    ties.tie(values.get(other!)!, values.get(input!)!, { projectable: false });
    ties.tie(values.get(sharesWeightsOf)!, values.get(id)!, { projectable: false });
  }
}

/** A cut stage feeds the sums and merges after it from an earlier block: its exits must keep the same. */
function tieExits(
  { stages }: Blueprint,
  { values, ties }: TieOptions,
): void {
  // Tying the exits of one stage may put the end of another into a sum: as often as there are stages.
  for (const _ of stages) {
    for (const { blocks } of stages) {
      const last = values.get(blocks.at(-1)!.output)!;
      if (!ties.isTied(last)) continue;
      for (const { output } of blocks) {
        ties.tie(last, values.get(output)!, { projectable: false });
      }
    }
  }
}

/** Slices whose widths are one, in the order of the network or leader first, and why they stay, if so. */
interface SliceGroup {
  readonly slices: readonly ChannelSlice[];
  /** The first channel of the first slice. */
  readonly place: number;
  readonly reason: Reason | undefined;
}

function tiesIn(blueprint: Blueprint, options: WidthGroupOptions, sources: ChannelSources) {
  const { values } = sources;
  const ties = new ChannelTies(sources);
  for (const { id, op } of blueprint.nodes.filter((node) => !isMaker(node))) {
    const own = values.get(id)!.filter((channel) => sources.makers[channel] === id);
    ties.fix(own, `it meets the channels of "${id}" (${op})`);
  }
  wholeMakers(blueprint).forEach((why, maker) => ties.fix(values.get(maker)!, why));
  tieSides(blueprint, { values, ties, ...options });
  tieCalls(blueprint, { values, ties });
  tieExits(blueprint, { values, ties });
  return ties;
}

/** Whether the channels of one class stand right behind those of another, each in its own layer. */
function follows(
  { channels, reason }: ChannelClass,
  before: ChannelClass,
  { makers }: ChannelSources,
): boolean {
  return channels.length === before.channels.length &&
    reason?.node === before.reason?.node && reason?.why === before.reason?.why &&
    channels.every((channel, i) =>
      channel === before.channels[i]! + 1 && makers[channel] === makers[channel - 1]
    );
}

function groupsIn(blueprint: Blueprint, options: WidthGroupOptions): readonly SliceGroup[] {
  const sources = channelSources(blueprint);
  const runs: ChannelClass[][] = [];
  const known = new Map<number, { readonly each: ChannelClass; readonly run: ChannelClass[] }>();
  for (const each of tiesIn(blueprint, options, sources).classes()) {
    const before = known.get(each.channels[0]! - 1);
    const goesOn = before !== undefined && follows(each, before.each, sources);
    const run = goesOn ? before.run : [];
    if (!goesOn) runs.push(run);
    run.push(each);
    each.channels.forEach((channel) => known.set(channel, { each, run }));
  }
  const isMade = new Set(blueprint.nodes.filter(isMaker).map(({ id }) => id));
  return runs.map((run) => groupOf(run, { sources, isMade, ...options }))
    .filter(({ slices }) => slices.length > 0)
    .sort((a, b) => a.place - b.place);
}

/** The slices that classes in a row are. */
function groupOf(
  run: readonly ChannelClass[],
  { sources: { makers, values }, isMade, residual }: WidthGroupOptions & {
    readonly sources: ChannelSources;
    readonly isMade: ReadonlySet<NodeId>;
  },
): SliceGroup {
  const [{ channels, leader, reason }] = run as [ChannelClass];
  const made = channels.filter((channel) => isMade.has(makers[channel]!));
  const ordered = residual === "tie" || !made.includes(leader)
    ? made
    : [leader, ...made.filter((channel) => channel !== leader)];
  const slices = ordered.map((channel): ChannelSlice => {
    const layer = makers[channel]!;
    return { layer, from: channel - values.get(layer)![0]!, count: run.length };
  });
  return { slices, place: ordered[0]!, reason };
}

/** A slice, or the layer that it is all of. */
function named(slice: ChannelSlice, channels: ReadonlyMap<NodeId, number>): LayerChannels {
  return slice.count === channels.get(slice.layer) ? slice.layer : slice;
}

const channelsIn = ({ nodes }: Blueprint): ReadonlyMap<NodeId, number> =>
  new Map(nodes.filter(isMaker).map(({ id, channels }) => [id, channels]));

/**
 * Layers whose widths must be decided as one: convolutions, transposed ones, dense layers. A layer
 * alone is a group of one. Where some channels of a layer meet others than the rest do, as those of a
 * convolution that is added to a concatenation, each slice of it is in a group of its own; one that
 * stands several times in a value, as flattened, may have several slices in one group. In none are
 * channels that are an output, enter a softmax or an opaque layer, are mixed by a reshape or spread by a
 * merge, or are added to channels that no layer makes.
 *
 * Under `project` two convolutions that meet directly in a sum are a group led by the main branch:
 * the convolution of a shortcut follows the last one of its block. Merges and sums of vectors are
 * always tied, as only sums of images can be projected, and so are sums that have no projection. Under `tie` the first one of a group leads. A
 * stage whose end is tied in such a way is tied at all of its exits.
 *
 * @param blueprint The network.
 * @param options What becomes of residual sums.
 * @returns Groups, leader first, in the order of their leaders; channel k of a group is the k-th of each
 * of its layers and slices.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function widthGroups(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): readonly (readonly LayerChannels[])[] {
  const channels = channelsIn(blueprint);
  return groupsIn(blueprint, options).filter(({ reason }) => reason === undefined)
    .map(({ slices }) => slices.map((slice) => named(slice, channels)));
}

/** Channels that stay. */
export interface FixedWidth {
  /** The layer, or the slice of it. */
  readonly node: LayerChannels;
  /** Why, as in `a softmax reads it`. */
  readonly why: string;
}

/**
 * Layers and slices of them whose widths cannot be decided, and why.
 *
 * @param blueprint The network.
 * @param options What becomes of residual sums.
 * @returns What is in no group of {@linkcode widthGroups}, in the order of the network.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function fixedWidths(
  blueprint: Blueprint,
  options: WidthGroupOptions,
): readonly FixedWidth[] {
  const channels = channelsIn(blueprint);
  const fixed = groupsIn(blueprint, options).flatMap(({ slices, reason }) =>
    reason === undefined ? [] : slices.map((slice) => ({ slice, why: whyOf(slice, reason) }))
  );
  const byLayer = Map.groupBy(fixed, ({ slice }) => slice.layer);
  return blueprint.nodes.flatMap(({ id }) =>
    joined((byLayer.get(id) ?? []).toSorted((a, b) => a.slice.from - b.slice.from))
      .map(({ slice, why }) => ({ node: named(slice, channels), why }))
  );

  function whyOf({ layer }: ChannelSlice, { node, why }: Reason): string {
    return node === layer || !channels.has(node) ? why : `it keeps what "${node}" does: ${why}`;
  }
}

interface FixedSlice {
  readonly slice: ChannelSlice;
  readonly why: string;
}

/** Neighbouring slices that stay for one reason as one. */
function joined(slices: readonly FixedSlice[]): readonly FixedSlice[] {
  const all: FixedSlice[] = [];
  for (const each of slices) {
    const { slice, why } = each, last = all.at(-1);
    if (last?.why === why && last.slice.from + last.slice.count === slice.from) {
      all.pop();
      all.push({ why, slice: { ...last.slice, count: last.slice.count + slice.count } });
    } else {
      all.push(each);
    }
  }
  return all;
}
