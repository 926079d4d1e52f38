/**
 * The arrays and decisions that steps read.
 *
 * @module
 */
import { weightOwner, weightsOf } from "@espalier/blueprint";
import type {
  BlueprintNode,
  Decision,
  DecisionId,
  MakerNode,
  Mixture,
  NodeId,
  NormSpec,
} from "@espalier/core";
import { searchNormOf } from "../parameters.ts";
import { type Program, stepsOf } from "./program.ts";
import type { UnitNode } from "./unit_node.ts";

/** What a pass is differentiated with respect to, by name. */
export interface Reads {
  /** Arrays whose gradients are sums over the images of a rank. */
  readonly own: readonly string[];
  /** Arrays whose gradients are the batch's on every rank. */
  readonly shared: readonly string[];
  /** Decisions. */
  readonly mixtures: readonly DecisionId[];
}

/** Parameters and mixtures that a pass reads. */
export function readsOf(
  program: Program,
  { widths, mixtures }: {
    readonly widths: ReadonlyMap<NodeId, Decision>;
    readonly mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>;
  },
): Reads {
  const own = new Set<string>(), shared = new Set<string>(), decisions = new Set<DecisionId>();
  for (const step of stepsOf(program, mixtures)) {
    if (step.kind === "exit") decisions.add(step.exit.decision.id);
    if (step.kind === "tensors") trainedOf(step.node).forEach((name) => own.add(name));
    if (step.kind !== "unit") continue;
    const { node } = step, decision = widths.get(node.id);
    if (decision) decisions.add(decision.id);
    if (hasKernel(node)) own.add(`${weightOwner(node)}/kernel`);
    if ("bias" in node && node.bias) own.add(`${weightOwner(node)}/bias`);
    for (const { prefix, spec } of normsOf(node, decision && mixtures.get(decision.id))) {
      if (spec.scale ?? true) shared.add(`${prefix}/gamma`);
      if (spec.center ?? true) shared.add(`${prefix}/beta`);
    }
  }
  return { own: [...own], shared: [...shared], mixtures: [...decisions] };
}

/** Whether a unit has a kernel of its own. */
export const hasKernel = ({ op }: UnitNode): boolean =>
  op === "conv" || op === "dense" || op === "depthwise-conv";

/** Names of the arrays of a node that are trained. */
export function trainedOf(node: BlueprintNode): readonly string[] {
  return weightsOf(node).flatMap(({ name, role }) =>
    role === "fixed" ? [] : [`${weightOwner(node)}/${name}`]
  );
}

/** Norms behind a unit: of the candidates in a mixture, or its own. */
export function normsOf(
  node: UnitNode,
  mixture: Pick<Mixture, "indices"> | undefined,
): readonly { readonly prefix: string; readonly spec: NormSpec }[] {
  const owner = weightOwner(node);
  const spec = mixture ? searchNormOf(node as MakerNode) : "norm" in node ? node.norm : undefined;
  if (spec === undefined) return [];
  const names = mixture ? mixture.indices.map((i) => `norm/${i}`) : ["norm"];
  return names.map((name) => ({ prefix: `${owner}/${name}`, spec }));
}
