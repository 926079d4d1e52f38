import {
  channelsName,
  costOf,
  fixedWidths,
  inferValues,
  isMaker,
  layerOf,
  sliceOf,
  widthGroups,
} from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, LayerChannels } from "@espalier/core";
import { macs, params } from "@espalier/plugin-flops";
import { stepwiseNodes } from "@espalier/supernet";

/** What becomes of channels: they are in a group, or stay. */
export interface WidthData {
  /** Number of their group: layers and slices of one group keep the same channels. */
  readonly group?: number;
  /** Why all of them stay. */
  readonly whole?: string;
}

/** Channels of a layer that are decided apart from its others. */
export interface SliceData extends WidthData {
  /** The first of them. */
  readonly from: number;
  /** How many they are. */
  readonly count: number;
}

/** A layer of a {@linkcode NetworkData}. */
export interface LayerData extends WidthData {
  /** The author's name of the layer, behind the models that it is nested in; else the node's. */
  readonly layer: string;
  /** The kind of node, as in `conv`. */
  readonly op: string;
  /** Axes of an example of its value, as in [height, width, channels]. */
  readonly shape: readonly number[];
  /** Numbers that training changes. */
  readonly params: number;
  /** Multiply-adds of one example. */
  readonly macs: number;
  /** Whether TensorFlow.js computes it, or its activation, where an engine runs the rest by its own passes. */
  readonly stepwise?: true;
  /** In the place of group and reason: the slices of a layer that meet different ones. */
  readonly slices?: readonly SliceData[];
}

/** A network as plain data. */
export interface NetworkData {
  /** Its name. */
  readonly network: string;
  /** Numbers that training changes. */
  readonly params: number;
  /** Multiply-adds of one example. */
  readonly macs: number;
  /** Layers, and slices as `a[4:8]`, that are pruned as one, by number. */
  readonly groups: readonly (readonly string[])[];
  /** The layers, in order. */
  readonly layers: readonly LayerData[];
}

const labelOf = ({ id, source }: BlueprintNode): string => source?.path ?? source?.layer ?? id;

/** What becomes of all channels, as slices. */
function widthsOf(
  blueprint: Blueprint,
  groups: readonly (readonly LayerChannels[])[],
): readonly (SliceData & { readonly layer: string })[] {
  const channels = new Map(blueprint.nodes.filter(isMaker).map((node) => [node.id, node.channels]));
  const slice = (some: LayerChannels) => sliceOf(some, channels.get(layerOf(some))!);
  return [
    ...groups.flatMap((members, i) => members.map((some) => ({ ...slice(some), group: i + 1 }))),
    ...fixedWidths(blueprint, { residual: "tie" })
      .map(({ node, why }) => ({ ...slice(node), whole: why })),
  ];
}

/**
 * What runs a network on engines with an executor, in a sentence.
 *
 * @param blueprint The network.
 * @returns The sentence, with the kinds of nodes that TensorFlow.js computes.
 */
export function howItRuns(blueprint: Blueprint): string {
  const stepwise = stepwiseNodes(blueprint), { nodes } = blueprint;
  if (stepwise.size === 0) {
    return "On native all nodes run by passes of the engine, without a tape.";
  }
  const some = nodes.filter(({ id }) => stepwise.has(id));
  const kinds = [...Map.groupBy(some, ({ op }) => op)].map(([op, { length }]) => `${length} ${op}`);
  return `On native ${stepwise.size} of ${nodes.length} nodes, or their activations, run by ` +
    `TensorFlow.js, step by step: ${
      kinds.join(", ")
    }; all others by passes of the engine, without a tape.`;
}

/**
 * Layers, costs, groups and what stays whole, as plain data.
 *
 * @param blueprint The network.
 * @returns One entry a node, inputs included.
 */
export function networkData(blueprint: Blueprint): NetworkData {
  const { name, nodes } = blueprint;
  const { shapes, ranks } = inferValues(blueprint);
  const groups = widthGroups(blueprint, { residual: "tie" });
  const widths = widthsOf(blueprint, groups);
  const stepwise = stepwiseNodes(blueprint);
  const multiplied = costOf(blueprint, { name: "macs", unit: "multiply-adds", cost: macs });
  const trained = costOf(blueprint, { name: "params", unit: "parameters", cost: params });
  const layers = nodes.map((node) => {
    const { height, width, channels } = shapes.get(node.id)!;
    const slices = widths.filter(({ layer }) => layer === node.id)
      .map(({ layer: _, ...rest }) => rest).sort((a, b) => a.from - b.from);
    const [{ from: _, count: __, ...decided } = { from: 0, count: 0 }] = slices;
    return {
      layer: labelOf(node),
      op: node.op,
      shape: [height, width, channels].slice(-ranks.get(node.id)!),
      params: trained.byNode[node.id] ?? 0,
      macs: multiplied.byNode[node.id] ?? 0,
      ...(slices.length > 1 ? { slices } : decided),
      ...(stepwise.has(node.id) && { stepwise: true as const }),
      ...(node.op === "opaque" && { whole: "TensorFlow.js runs it as it is" }),
    };
  });
  const byId = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const nameIn = (some: LayerChannels) =>
    byId.get(layerOf(some))! + channelsName(some).slice(layerOf(some).length);
  return {
    network: name,
    params: trained.total,
    macs: multiplied.total,
    groups: groups.map((members) => members.map(nameIn)),
    layers,
  };
}
