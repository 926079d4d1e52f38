/**
 * The arrays and decisions that steps read.
 *
 * @module
 */
import { type LayerPart, weightOwner, weightsOf } from "@espalier/blueprint";
import type {
  BlueprintNode,
  Decision,
  DecisionId,
  MakerNode,
  Mixture,
  NodeId,
  NormSpec,
} from "@espalier/core";
import { normsName, searchNormOf } from "../parameters.ts";
import { type Program, stepsOf } from "./program.ts";
import { hasBias, type UnitNode } from "./unit_node.ts";

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
    readonly widths: ReadonlyMap<NodeId, readonly LayerPart[]>;
    readonly mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>;
  },
): Reads {
  const own = new Set<string>(), shared = new Set<string>(), decisions = new Set<DecisionId>();
  for (const step of stepsOf(program, mixtures)) {
    if (step.kind === "exit") decisions.add(step.exit.decision.id);
    if (step.kind === "tensors") trainedOf(step.node).forEach((name) => own.add(name));
    if (step.kind !== "unit") continue;
    const { node } = step;
    const parts = normsOf(node, widths.get(node.id), mixtures);
    parts.forEach(({ decision }) => decision && decisions.add(decision.id));
    if (hasKernel(node)) own.add(`${weightOwner(node)}/kernel`);
    if (hasBias(node)) own.add(`${weightOwner(node)}/bias`);
    for (const { prefix, spec } of parts.flatMap(({ norms }) => norms)) {
      if (spec.scale ?? true) shared.add(`${prefix}/gamma`);
      if (spec.center ?? true) shared.add(`${prefix}/beta`);
    }
  }
  return { own: [...own], shared: [...shared], mixtures: [...decisions] };
}

/** Whether a unit has a kernel of its own. */
const hasKernel = ({ op }: UnitNode): boolean =>
  op === "conv" || op === "dense" || op === "depthwise-conv";

/** Names of the arrays of a node that are trained. */
export function trainedOf(node: BlueprintNode): readonly string[] {
  return weightsOf(node).flatMap(({ name, role }) =>
    role === "fixed" ? [] : [`${weightOwner(node)}/${name}`]
  );
}

/** A norm by its name. */
export interface NamedNorm {
  /** As in `stem/norm`. */
  readonly prefix: string;
  /** Its constants. */
  readonly spec: NormSpec;
}

/** The norms of channels that are mixed, or of a whole unit. */
export interface PartNorms {
  /** Which channels; undefined: nothing is decided about the unit. */
  readonly part: LayerPart | undefined;
  /** What is decided about them. */
  readonly decision: Decision | undefined;
  /** One a candidate; none where there are no norms. */
  readonly norms: readonly NamedNorm[];
}

/** Norms behind a unit, part by part. */
export function normsOf(
  node: UnitNode,
  parts: readonly LayerPart[] | undefined,
  mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>,
): readonly PartNorms[] {
  const owner = weightOwner(node), own = "norm" in node ? node.norm : undefined;
  const plain = (part: LayerPart | undefined, name: string): PartNorms => ({
    ...{ part, decision: undefined },
    norms: own ? [{ prefix: `${owner}/${name}`, spec: own }] : [],
  });
  if (parts === undefined) return [plain(undefined, "norm")];
  return parts.map((part) => {
    const { decision } = part, name = normsName(parts, part);
    if (decision === undefined) return plain(part, name);
    const spec = searchNormOf(node as MakerNode);
    const { indices } = mixtures.get(decision.id)!;
    const norms = indices.map((i) => ({ prefix: `${owner}/${name}/${i}`, spec: spec! }));
    return { part, decision, norms: spec ? norms : [] };
  });
}
