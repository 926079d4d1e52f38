import type { Blueprint, ChannelSlice, Decision, LayerChannels, NodeId } from "@espalier/core";
import { isMaker } from "./nodes.ts";

/** The layer that some channels are of. */
export const layerOf = (channels: LayerChannels): NodeId =>
  typeof channels === "string" ? channels : channels.layer;

/** The name of some channels: that of their layer, or `a[4:8]` for a slice. */
export const channelsName = (channels: LayerChannels): string =>
  typeof channels === "string"
    ? channels
    : `${channels.layer}[${channels.from}:${channels.from + channels.count}]`;

/** Some channels as a slice of a layer of `channels`. */
export const sliceOf = (some: LayerChannels, channels: number): ChannelSlice =>
  typeof some === "string" ? { layer: some, from: 0, count: channels } : some;

/** Channels of a layer about which one thing is decided, or nothing. */
export interface LayerPart {
  /** Their name: that of the layer, or `a[4:8]`. */
  readonly name: string;
  /** The first of them in the unpruned network. */
  readonly from: number;
  /** How many the unpruned network has. */
  readonly unpruned: number;
  /** How many the supernet has: at least as many. */
  readonly widest: number;
  /** What is decided about them. */
  readonly decision: Decision | undefined;
}

/**
 * Layers about whose channels something is decided, each as parts one behind the other: one part, or the
 * slices that decisions are about and what lies between them. A layer of several parts is numbered as
 * their concatenation is.
 *
 * @param blueprint The unpruned network.
 * @param decisions What there is to choose.
 * @returns Parts by layer.
 */
export function layerParts(
  { nodes }: Blueprint,
  decisions: readonly Decision[],
): ReadonlyMap<NodeId, readonly LayerPart[]> {
  const decided = decisions.flatMap((decision) =>
    decision.effect.kind === "channels"
      ? decision.effect.nodes.map((some) => ({ decision, some }))
      : []
  );
  const byLayer = Map.groupBy(decided, ({ some }) => layerOf(some));
  const parts = new Map<NodeId, readonly LayerPart[]>();
  for (const node of nodes) {
    const own = byLayer.get(node.id);
    if (own === undefined || !isMaker(node)) continue;
    const slices = own.map(({ decision, some }): LayerPart => {
      const { from, count } = sliceOf(some, node.channels);
      const widest = Math.max(count, decision.candidates.at(-1)!);
      return { name: channelsName(some), from, unpruned: count, widest, decision };
    });
    parts.set(node.id, withGaps(node, slices));
  }
  return parts;
}

function withGaps(
  { id, channels }: { readonly id: NodeId; readonly channels: number },
  slices: readonly LayerPart[],
): readonly LayerPart[] {
  let end = 0;
  const gap = (to: number): LayerPart[] => {
    const slice = { layer: id, from: end, count: to - end };
    const size = { unpruned: slice.count, widest: slice.count };
    return to > end ? [{ name: channelsName(slice), from: end, ...size, decision: undefined }] : [];
  };
  const parts = slices.toSorted((a, b) => a.from - b.from).flatMap((part) => {
    const both = [...gap(part.from), part];
    end = part.from + part.unpruned;
    return both;
  });
  return [...parts, ...gap(channels)];
}
