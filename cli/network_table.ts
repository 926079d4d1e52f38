/** A network as a table, until `@espalier/reports` has one. */
import { costOf, inferValues, isMaker, outputsOf, widthGroups } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { macs, params } from "@espalier/plugin-flops";
import { plainText } from "@espalier/reports";

/** A layer of a {@linkcode NetworkData}. */
export interface LayerData {
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
  /** Number of its group: layers of one group keep the same channels. */
  readonly group?: number;
  /** Why all of its channels stay. */
  readonly whole?: string;
}

/** A network as plain data. */
export interface NetworkData {
  /** Its name. */
  readonly network: string;
  /** Numbers that training changes. */
  readonly params: number;
  /** Multiply-adds of one example. */
  readonly macs: number;
  /** Layers that are pruned as one, by number. */
  readonly groups: readonly (readonly string[])[];
  /** The layers, in order. */
  readonly layers: readonly LayerData[];
}

const layerOf = ({ id, source }: BlueprintNode): string => source?.path ?? source?.layer ?? id;

/** Why a layer is in no group: what its channels come to, on the way to the next layers. */
function reasonOf(maker: NodeId, blueprint: Blueprint): string {
  const { nodes } = blueprint;
  const reached = new Set([maker]);
  for (const { id, inputs } of nodes.filter((node) => !isMaker(node))) {
    if (inputs.some((input) => reached.has(input))) reached.add(id);
  }
  const opaque = nodes.find(({ id, op }) => op === "opaque" && reached.has(id));
  if (opaque?.id === maker) return "TensorFlow.js runs it as it is";
  if (opaque !== undefined) return `"${layerOf(opaque)}", which is run as it is, reads them all`;
  return outputsOf(blueprint).some(({ node }) => reached.has(node))
    ? "its channels are an output"
    : "its channels meet others that stay, or are mixed";
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
  const numbers = new Map(groups.flatMap((ids, i) => ids.map((id) => [id, i + 1] as const)));
  const multiplied = costOf(blueprint, { name: "macs", unit: "multiply-adds", cost: macs });
  const trained = costOf(blueprint, { name: "params", unit: "parameters", cost: params });
  const layers = nodes.map((node) => {
    const { height, width, channels } = shapes.get(node.id)!;
    const group = numbers.get(node.id);
    return {
      layer: layerOf(node),
      op: node.op,
      shape: [height, width, channels].slice(-ranks.get(node.id)!),
      params: trained.byNode[node.id] ?? 0,
      macs: multiplied.byNode[node.id] ?? 0,
      ...group !== undefined && { group },
      ...group === undefined && (isMaker(node) || node.op === "opaque") &&
        { whole: reasonOf(node.id, blueprint) },
    };
  });
  const byId = new Map(nodes.map((node) => [node.id, layerOf(node)]));
  return {
    network: name,
    params: trained.total,
    macs: multiplied.total,
    groups: groups.map((ids) => ids.map((id) => byId.get(id)!)),
    layers,
  };
}

/**
 * A network as a table for a terminal.
 *
 * @param blueprint The network.
 * @returns Lines, with a line break at the end.
 */
export function networkTable(blueprint: Blueprint): string {
  const { network, params, macs, groups, layers } = networkData(blueprint);
  const head = ["layer", "kind", "shape", "parameters", "multiply-adds", "group"];
  const rows = layers.map(({ layer, op, shape, params, macs, group, whole }) => [
    layer,
    op,
    shape.join("×"),
    params === 0 ? "" : String(params),
    macs === 0 ? "" : String(macs),
    group === undefined ? whole === undefined ? "" : "whole" : String(group),
  ]);
  const table = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const lines = table.map((row) =>
    row.map((cell, i) => i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd()
  );
  const whole = layers.filter((layer) => layer.whole !== undefined);
  return [
    `${network}: ${params} parameters, ${macs} multiply-adds`,
    "",
    lines[0],
    "─".repeat(Math.max(...lines.map(({ length }) => length))),
    ...lines.slice(1),
    "",
    `Layers of one group keep the same channels: ${groups.length} widths can be chosen.`,
    ...whole.map(({ layer, whole }) => `${layer} stays whole: ${whole}.`),
  ].map((line) => `${plainText(line!)}\n`).join("");
}
