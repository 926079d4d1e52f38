import type { LayerPart } from "@espalier/blueprint";
import type {
  Activation,
  AddNode,
  ConvNode,
  Decision,
  DecisionId,
  DenseNode,
  InputNode,
  Mixture,
  NodeId,
  NormSpec,
  PoolNode,
} from "@espalier/core";
import { searchNormOf } from "../parameters.ts";
import { exitOutputs, type ExitPlan, type NodePlan, nodesBehind } from "../plan.ts";

/** A residual sum that is computed together with the convolution in front of it. */
export interface FusedAdd {
  /** The sum. */
  readonly node: AddNode;
  /** Name of its other input. */
  readonly residual: string;
}

/** One step of the executor. */
export type Step =
  | {
    readonly kind: "conv";
    readonly plan: NodePlan;
    readonly node: ConvNode;
    readonly add?: FusedAdd;
  }
  | { readonly kind: "pool"; readonly plan: NodePlan; readonly node: PoolNode }
  | { readonly kind: "exit"; readonly exit: ExitPlan };

/** A network as the executor runs it. */
export interface Program {
  /** The images. */
  readonly input: InputNode;
  /** The steps, in order. */
  readonly steps: readonly Step[];
  /** The value that is averaged over all positions. */
  readonly pooled: string;
  /** The classifier of the averages, whose output is that of the network. */
  readonly classifier: DenseNode;
}

/** What is decided about each layer; undefined where one is decided in slices, which only the tape mixes. */
export function wholeWidths(
  layers: ReadonlyMap<NodeId, readonly LayerPart[]>,
): ReadonlyMap<NodeId, Decision> | undefined {
  const each = [...layers].flatMap(([id, [{ decision } = {}, ...others]]) =>
    decision === undefined || others.length > 0 ? [] : [[id, decision] as const]
  );
  return each.length === layers.size ? new Map(each) : undefined;
}

/**
 * Write a network as a program. A program begins with an image. Convolutions with norms, residual
 * sums, pools and searched depths follow. It ends with a global average and one dense layer.
 *
 * @param network Nodes, exits and decisions of a compiled blueprint.
 * @returns The program; undefined where the network has anything else.
 */
export function writeProgram(
  { plans, exits, widths, output }: {
    readonly plans: readonly NodePlan[];
    readonly exits: readonly ExitPlan[];
    readonly widths: ReadonlyMap<NodeId, Decision>;
    readonly output: NodeId;
  },
): Program | undefined {
  if (plans.some(({ node }) => node.sharesWeightsOf !== undefined)) return undefined;
  const tail = readTail(plans, output);
  if (tail === undefined) return undefined;
  const body = plans.filter(({ node }) => node.op !== "input" && !tail.nodes.has(node.id));
  const fused = new Map<NodeId, NodePlan>();
  for (const { node, sources, extents } of body) {
    if (node.op !== "add") continue;
    const channels = Math.max(...extents.map(({ widest }) => widest));
    const main = sources.map((id) => body.find((plan) => plan.node.id === id))
      .find((plan) => plan !== undefined && canTakeAdd(plan, { plans, exits, widths, channels }));
    if (main === undefined || sources[0] === sources[1]) return undefined;
    fused.set(main.node.id, main);
  }
  const steps: Step[] = [];
  for (const plan of body) {
    const { node } = plan;
    if (node.op === "conv" && canRun(node, widths)) {
      if (!fused.has(node.id)) steps.push({ kind: "conv", plan, node });
    } else if (node.op === "pool" && node.padding.every((size) => size === 0)) {
      steps.push({ kind: "pool", plan, node });
    } else if (node.op === "add" && isRelu(node.activation)) {
      const main = fused.get(plan.sources.find((id) => fused.has(id))!)!;
      const residual = plan.sources.find((id) => id !== main.node.id)!;
      steps.push({
        kind: "conv",
        plan: main,
        node: main.node as ConvNode,
        add: { node, residual },
      });
    } else {
      return undefined;
    }
    const exit = exits.find(({ stage }) => stage.blocks.at(-1)!.output === node.id);
    if (exit !== undefined) steps.push({ kind: "exit", exit });
  }
  const input = plans[0]!.node as InputNode;
  return { input, steps, pooled: tail.pooled, classifier: tail.classifier };
}

/** A global average and a dense layer at the end. */
function readTail(plans: readonly NodePlan[], output: NodeId) {
  const planOf = (name: string | undefined) => plans.find(({ node }) => node.id === name);
  const dense = planOf(output), pool = planOf(dense?.sources[0]);
  if (dense?.node.op !== "dense" || dense.node.activation !== undefined) return undefined;
  if (pool?.node.op !== "global-pool") return undefined;
  return {
    classifier: dense.node,
    pooled: pool.sources[0]!,
    nodes: new Set([dense.node.id, pool.node.id]),
  };
}

/** The one activation that the passes know, or none. */
const isRelu = (activation: Activation | undefined) =>
  activation === undefined || activation === "relu";

/** Whether a norm has both of its learned arrays. */
const isLearned = ({ scale = true, center = true }: Partial<NormSpec> = {}) => scale && center;

function canRun(node: ConvNode, widths: ReadonlyMap<NodeId, Decision>): boolean {
  const norm = widths.has(node.id) ? searchNormOf(node) : node.norm;
  const isBare = norm === undefined;
  return node.dilation.every((step) => step === 1) && !node.bias && isRelu(node.activation) &&
    isLearned(norm) && !(isBare && (node.activation !== undefined || widths.has(node.id)));
}

/** Whether a sum can be computed by the pass that normalises this convolution. */
function canTakeAdd(
  { node }: NodePlan,
  { plans, exits, widths, channels }: {
    readonly plans: readonly NodePlan[];
    readonly exits: readonly ExitPlan[];
    readonly widths: ReadonlyMap<NodeId, Decision>;
    readonly channels: number;
  },
): boolean {
  if (node.op !== "conv" || node.activation !== undefined) return false;
  if (!widths.has(node.id) && node.channels < channels) return false; // A plain norm keeps its width.
  const norm = widths.has(node.id) ? searchNormOf(node) : node.norm;
  const readers = plans.flatMap(({ sources }) => sources).filter((id) => id === node.id).length;
  const leaves = exits.some(({ stage }) => stage.blocks.some(({ output }) => output === node.id));
  return norm !== undefined && isLearned(norm) && readers === 1 && !leaves;
}

/** Name of the value that a step computes: that of the residual sum, where it computes one. */
export function nameOf(step: Step): string {
  switch (step.kind) {
    case "conv":
      return (step.add?.node ?? step.node).id;
    case "pool":
      return step.node.id;
    case "exit":
      return step.exit.stage.id;
  }
}

/** The steps of a pass, without those of blocks behind the deepest exit of its mixture. */
export function stepsOf(
  { steps }: Program,
  mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>,
): readonly Step[] {
  const skipped = new Set(
    steps.flatMap((step) =>
      step.kind === "exit" ? nodesBehind(step.exit, mixtures.get(step.exit.decision.id)!) : []
    ),
  );
  return steps.filter((step) => !skipped.has(nameOf(step)));
}

/** Names of the values that a step reads. */
export function sourcesOf(
  step: Step,
  mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>,
): readonly string[] {
  if (step.kind === "exit") {
    return exitOutputs(step.exit, mixtures.get(step.exit.decision.id)!);
  }
  const residual = step.kind === "conv" && step.add ? [step.add.residual] : [];
  return [step.plan.sources[0]!, ...residual];
}

/** What a pass is differentiated with respect to, by name. */
export interface Reads {
  /** Parameters. */
  readonly weights: readonly string[];
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
  const { classifier } = program;
  const weights = [
    `${classifier.id}/kernel`,
    ...(classifier.bias ? [`${classifier.id}/bias`] : []),
  ];
  const decisions = new Set<DecisionId>();
  for (const step of stepsOf(program, mixtures)) {
    if (step.kind === "exit") decisions.add(step.exit.decision.id);
    if (step.kind !== "conv") continue;
    const decision = widths.get(step.node.id);
    if (decision) decisions.add(decision.id);
    weights.push(`${step.node.id}/kernel`);
    for (const prefix of normNames(step.node, decision && mixtures.get(decision.id))) {
      weights.push(`${prefix}/gamma`, `${prefix}/beta`);
    }
  }
  return { weights, mixtures: [...decisions] };
}

/** Names of the norms behind a convolution: of the candidates in a mixture, or its own. */
export function normNames(
  { id, norm }: ConvNode,
  mixture: Pick<Mixture, "indices"> | undefined,
): readonly string[] {
  if (mixture !== undefined) return mixture.indices.map((i) => `${id}/norm/${i}`);
  return norm ? [`${id}/norm`] : [];
}
