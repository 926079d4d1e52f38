import type { LayerPart } from "@espalier/blueprint";
import type { DecisionId } from "@espalier/core";
import { type ChannelMask, maskOf, maskOfParts } from "../channel_mask.ts";
import type { HostCandidate } from "../ops/host_algebra.ts";
import type { UnitStep } from "./program.ts";
import { normsOf, type PartNorms } from "./reads.ts";
import type { PassState } from "./state.ts";

/** Channels of a unit that are mixed or normed alike. */
export interface UnitPart extends Pick<PartNorms, "norms"> {
  /** Where they stand; absent: they are all of the unit's. */
  readonly place: readonly number[] | undefined;
  /** Their number in this pass. */
  readonly channels: number;
  /** What is decided about them. */
  readonly decision: DecisionId | undefined;
  /** What is mixed, but for what norms have learned; one of weight 1 where nothing is decided. */
  readonly candidates: readonly HostCandidate[];
}

/** The width of a unit in one pass, and what is mixed in it. */
export interface UnitWidth {
  /** Channels of its kernel. */
  readonly channels: number;
  /** Which of them are there. */
  readonly mask: ChannelMask;
  /** Its parts, mostly one. */
  readonly parts: readonly UnitPart[];
  /** Whether candidates are mixed. */
  readonly isMixed: boolean;
}

const NONE = new Float32Array(0);

/** The width of a unit in a pass. */
export function widthOf(state: PassState, { node, plan, sources }: UnitStep): UnitWidth {
  const { pass, values, masked } = state;
  const layer = pass.widths.get(node.id);
  const norms = normsOf(node, layer, pass.mixtures);
  const parts = norms.map((part) => partOf(state, part, layer));
  if (layer === undefined) {
    const mask = maskOf(plan.channels, plan.sources.map((name) => masked.get(name)!), plan.extents);
    const makes = node.op === "conv" || node.op === "dense";
    const channels = makes ? node.channels : values.get(sources[0]!)!.shape[3];
    return { channels, mask, parts, isMixed: false };
  }
  if (layer.length === 1) {
    return { channels: parts[0]!.channels, mask: undefined, parts, isMixed: true };
  }
  const channels = layer.reduce((total, { widest }) => total + widest, 0);
  const mask = maskOfParts(parts.map(({ channels }) => channels), layer);
  return { channels, mask, parts, isMixed: true };
}

function partOf(
  { pass }: PassState,
  { part, decision, norms }: PartNorms,
  layer: readonly LayerPart[] | undefined,
): UnitPart {
  if (part === undefined) {
    return { place: undefined, channels: 0, norms, decision: undefined, candidates: [] };
  }
  const { indices, weights } = decision
    ? pass.mixtures.get(decision.id)!
    : { indices: [0], weights: [1] };
  const widths = decision ? indices.map((i) => decision.candidates[i]!) : [part.unpruned];
  const channels = Math.max(...widths);
  const candidates = widths.map((width, k): HostCandidate => ({
    channels: width,
    matrix: decision ? pass.aggregation(width, channels) : identity(channels),
    ...{ gamma: NONE, beta: NONE },
    weight: weights[k]!,
  }));
  const place = layer!.length === 1 ? undefined : placeOf(layer!, { part, channels });
  return { place, channels, norms, decision: decision?.id, candidates };
}

function identity(channels: number): Float32Array {
  const matrix = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++) matrix[c * (channels + 1)] = 1;
  return matrix;
}

/** Where the first channels of a part stand: what it has more than unpruned is behind all unpruned ones. */
function placeOf(
  layer: readonly LayerPart[],
  { part, channels }: { readonly part: LayerPart; readonly channels: number },
): readonly number[] {
  const more = ({ widest, unpruned }: LayerPart) => widest - unpruned;
  const sum = (parts: readonly LayerPart[], of: (part: LayerPart) => number) =>
    parts.reduce((total, each) => total + of(each), 0);
  const behind = sum(layer, ({ unpruned }) => unpruned) +
    sum(layer.slice(0, layer.indexOf(part)), more);
  return Array.from(
    { length: channels },
    (_, k) => k < part.unpruned ? part.from + k : behind + k - part.unpruned,
  );
}
