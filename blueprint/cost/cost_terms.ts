import type {
  AddNode,
  Blueprint,
  BlueprintNode,
  CostModel,
  Decision,
  NodeId,
} from "@espalier/core";
import { inferShapes } from "../infer_shapes.ts";
import { type PairCost, type Table, tablesOf } from "./cost_tables.ts";
import { exitDecisions } from "./governance.ts";
import { projectionOf } from "./projection.ts";
import { symbolicWidths } from "./symbolic_width.ts";
import { widthCost } from "./width_cost.ts";

/** Condition under which a term counts. */
export interface Presence {
  /** Decision about the depth of the stage. */
  readonly decision: Decision;
  /** Index of the block that has to be kept. */
  readonly block: number;
}

/** Part of a network's cost that depends on few decisions. */
export interface CostTerm extends Table {
  /** Absent: it always counts. */
  readonly presence?: Presence;
}

/** What {@linkcode costTerms} works with. */
export interface CostTermsOptions {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** What a node costs. */
  readonly model: CostModel;
  /** Whether projections that unequal widths need are counted. */
  readonly projections: "omitted" | "expected";
}

/**
 * A network's cost as a sum of terms over few decisions. Nodes of a block count while their stage
 * keeps the block; shortcut convolutions of the supernet count; what follows a stage reads the width
 * of the stage's last block at full depth.
 *
 * @throws {EspalierError} ERR_CONFIG_INVALID if the cost of a node depends on too many decisions.
 */
export function costTerms(blueprint: Blueprint, options: CostTermsOptions): readonly CostTerm[] {
  const { decisions, model, projections } = options;
  const shapes = inferShapes(blueprint);
  const widths = symbolicWidths(blueprint, { decisions, shapes });
  const presences = presencesOf(blueprint, decisions);

  const pair = (from: NodeId, to: NodeId, node: BlueprintNode): PairCost => ({
    input: widths.get(from)!,
    output: widths.get(to)!,
    cost: widthCost(model, { node, input: shapes.get(from)!, output: shapes.get(to)! }),
  });
  const projection = (node: AddNode): PairCost => {
    const inserted = pair(
      node.inputs[1]!,
      node.id,
      projectionOf(node, shapes.get(node.id)!.channels),
    );
    return { ...inserted, cost: (from, to) => from === to ? 0 : inserted.cost(from, to) };
  };

  return blueprint.nodes.flatMap((node): CostTerm[] => {
    const [main] = node.inputs;
    if (main === undefined) return [];
    const pairs = [pair(main, node.id, node)];
    if (projections === "expected" && node.op === "add") pairs.push(projection(node));
    const presence = presences.get(node.id);
    return pairs.flatMap((each) => tablesOf(node.id, each))
      .map((table) => ({ ...table, ...(presence && { presence }) }));
  });
}

function presencesOf(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): ReadonlyMap<NodeId, Presence> {
  const exits = exitDecisions(decisions);
  const presences = new Map<NodeId, Presence>();
  for (const { id, blocks } of blueprint.stages) {
    const decision = exits.get(id);
    if (decision === undefined) continue;
    for (const [block, { nodes }] of blocks.entries()) {
      for (const node of nodes) presences.set(node, { decision, block });
    }
  }
  return presences;
}
