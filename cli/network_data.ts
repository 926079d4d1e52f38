import { costOf, fixedWidths, inferValues, widthGroups } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode } from "@espalier/core";
import { macs, params } from "@espalier/plugin-flops";

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
  const reasons = new Map(
    fixedWidths(blueprint, { residual: "tie" }).map(({ node, why }) => [node, why]),
  );
  const layers = nodes.map((node) => {
    const { height, width, channels } = shapes.get(node.id)!;
    const group = numbers.get(node.id);
    const whole = node.op === "opaque" ? "TensorFlow.js runs it as it is" : reasons.get(node.id);
    return {
      layer: layerOf(node),
      op: node.op,
      shape: [height, width, channels].slice(-ranks.get(node.id)!),
      params: trained.byNode[node.id] ?? 0,
      macs: multiplied.byNode[node.id] ?? 0,
      ...group !== undefined && { group },
      ...whole !== undefined && { whole },
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
