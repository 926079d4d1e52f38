import type { LayerPart } from "@espalier/blueprint";
import type {
  Activation,
  BlueprintNode,
  DecisionId,
  FlattenNode,
  GlobalPoolNode,
  InputNode,
  Mixture,
  NodeId,
  PoolNode,
} from "@espalier/core";
import { exitOutputs, type ExitPlan, type NodePlan, nodesBehind } from "../plan.ts";
import { isUnit, type Relu, reluOf, type UnitNode } from "./unit_node.ts";

/** What most steps have. */
interface NodeStep {
  /** The value that it computes: a node, or a part of what a node does. */
  readonly value: string;
  /** The node for which it does. */
  readonly end: NodePlan;
  /** Names of the values that it reads. */
  readonly sources: readonly string[];
}

/**
 * A kernel, a bias, a norm or a mixture, a sum and relu, of which each may be missing: few passes over
 * the data.
 */
export interface UnitStep extends NodeStep {
  /** Discriminant. */
  readonly kind: "unit";
  /** What has the kernel, the bias and the norm; behind it the sum may be another node. */
  readonly node: UnitNode;
  /** Its place. */
  readonly plan: NodePlan;
  /** The relu at the end. */
  readonly relu: Relu | undefined;
  /** Whether the second source is added. */
  readonly isSum: boolean;
}

/** A step that TensorFlow.js computes, as the tape does. */
export interface TensorStep extends NodeStep {
  /** Discriminant. */
  readonly kind: "tensors";
  /** What is computed: a node, or a part of it. */
  readonly node: BlueprintNode;
}

/** One step of the executor. */
export type Step =
  | UnitStep
  | TensorStep
  | NodeStep & { readonly kind: "pool"; readonly node: PoolNode | GlobalPoolNode }
  | NodeStep & { readonly kind: "flatten"; readonly node: FlattenNode }
  | { readonly kind: "exit"; readonly exit: ExitPlan };

/** A network as the executor runs it. */
export interface Program {
  /** What enters. */
  readonly inputs: readonly InputNode[];
  /** The steps, in order. */
  readonly steps: readonly Step[];
  /** Names of the values that it gives, the logits first, and whether they are vectors. */
  readonly outputs: readonly { readonly value: string; readonly isVector: boolean }[];
}

/** What a program is written of. */
export interface WrittenNetwork {
  /** Its nodes, in order. */
  readonly plans: readonly NodePlan[];
  /** Its stages whose depth is searched. */
  readonly exits: readonly ExitPlan[];
  /** Its searched layers, part by part. */
  readonly widths: ReadonlyMap<NodeId, readonly LayerPart[]>;
  /** Names of the values that are read at the end, the logits first. */
  readonly outputs: readonly string[];
}

/**
 * Write a network as a program: units of few passes, pools and searched depths; what else there is by
 * TensorFlow.js, step by step.
 *
 * @param network Nodes, exits and decisions of a compiled blueprint.
 * @returns The program.
 */
export function writeProgram(network: WrittenNetwork): Program {
  const { plans, exits, outputs } = network;
  const fused = fusedSums(network);
  const steps: Step[] = [];
  for (const plan of plans) {
    if (!fused.mains.has(plan.node.id)) steps.push(...stepsOfNode(plan, fused.sums));
    const exit = exits.find(({ stage }) => stage.blocks.at(-1)!.output === plan.node.id);
    if (exit !== undefined) steps.push({ kind: "exit", exit });
  }
  const rankOf = (name: string) => plans.find(({ node }) => node.id === name)?.rank;
  return {
    inputs: plans.flatMap(({ node }) => node.op === "input" ? [node] : []),
    steps,
    outputs: outputs.map((value) => ({ value, isVector: rankOf(value) === 1 })),
  };
}

/** Sums that are computed by the unit in front of them, by their id; and the ids of these units. */
function fusedSums(network: WrittenNetwork) {
  const sums = new Map<NodeId, NodePlan>(), mains = new Set<NodeId>();
  for (const { node, sources, extents } of network.plans) {
    if (node.op !== "add" || sources[0] === sources[1]) continue;
    const channels = Math.max(...extents.map(({ widest }) => widest));
    const main = sources.map((id) => network.plans.find((plan) => plan.node.id === id))
      .find((plan) => plan !== undefined && canTakeSum(plan, { ...network, channels }));
    if (main === undefined) continue;
    sums.set(node.id, main);
    mains.add(main.node.id);
  }
  return { sums, mains };
}

/** Whether a sum can be computed by the pass behind this kernel. */
function canTakeSum(
  { node }: NodePlan,
  { plans, exits, widths, outputs, channels }: WrittenNetwork & { readonly channels: number },
): boolean {
  if (node.op !== "conv" || node.activation !== undefined) return false;
  // A map of single channels keeps their number.
  if (!widths.has(node.id) && node.channels < channels) return false;
  const readers = plans.flatMap(({ sources }) => sources).filter((id) => id === node.id).length;
  const leaves = outputs.includes(node.id) ||
    exits.some(({ stage }) => stage.blocks.some(({ output }) => output === node.id));
  return readers === 1 && !leaves;
}

/** Names of parts of nodes: no node's id holds a dot. */
const partOf = (id: NodeId, part: "kernel" | "linear") => `${id}.${part}`;

function stepsOfNode(plan: NodePlan, sums: ReadonlyMap<NodeId, NodePlan>): readonly Step[] {
  const { node, sources } = plan, value = node.id;
  const whole = { value, end: plan, sources };
  if (node.op === "input") return [];
  if (node.op === "pool") return [{ ...whole, kind: "pool", node }];
  // The gradient of a maximum goes to all places that have it, other than that of a pool.
  if (node.op === "global-pool" && node.pool !== "max") return [{ ...whole, kind: "pool", node }];
  if (node.op === "flatten") return [{ ...whole, kind: "flatten", node }];
  if (!isUnit(node)) return [{ ...whole, kind: "tensors", node }];
  const relu = reluOf(node.activation);
  if (node.op === "activation" && relu === undefined) return [{ ...whole, kind: "tensors", node }];
  const isWhole = node.activation === undefined || relu !== undefined;
  const unit = isWhole ? value : partOf(value, "linear");
  return [
    ...unitSteps(plan, { value: unit, relu, main: sums.get(value) }),
    ...isWhole ? [] : [activationStep(plan, { from: unit, activation: node.activation! })],
  ];
}

/** The steps of a unit: TensorFlow.js has the kernels that no engine has. */
function unitSteps(
  end: NodePlan,
  { value, relu, main }: {
    readonly value: string;
    readonly relu: Relu | undefined;
    readonly main: NodePlan | undefined;
  },
): readonly Step[] {
  const plan = main ?? end, node = plan.node as UnitNode;
  const isSum = end.node.op === "add";
  const residual = main && end.sources.find((id) => id !== main.node.id)!;
  const sources = main ? [plan.sources[0]!, residual!] : end.sources;
  const step = { kind: "unit", value, end, plan, node, relu, isSum, sources } as const;
  const isForeign = node.op === "transposed-conv" ||
    (node.op === "depthwise-conv" && (node.multiplier ?? 1) > 1);
  if (!isForeign) return [step];
  const { norm: _, activation: __, ...rest } = node;
  const kernel = partOf(node.id, "kernel");
  return [
    { kind: "tensors", value: kernel, end: plan, sources, node: { ...rest, bias: false } },
    { ...step, sources: [kernel], node: { ...node, op: "given" } },
  ];
}

/** An activation that no pass applies, behind its unit. */
function activationStep(
  plan: NodePlan,
  { from, activation }: { readonly from: string; readonly activation: Activation },
): Step {
  const { id } = plan.node;
  const end: NodePlan = { ...plan, sources: [from], ranks: [plan.rank], channels: KEPT };
  const node = { id, op: "activation", inputs: [from], activation } as const;
  return { kind: "tensors", value: id, end, sources: [from], node };
}

const KEPT = { kind: "keeps" } as const;

/** Name of the value that a step computes. */
export const nameOf = (step: Step): string =>
  step.kind === "exit" ? step.exit.stage.id : step.value;

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
  return steps.filter((step) => step.kind === "exit" || !skipped.has(step.end.node.id));
}

/** Names of the values that a step reads. */
export function sourcesOf(
  step: Step,
  mixtures: ReadonlyMap<DecisionId, Pick<Mixture, "indices">>,
): readonly string[] {
  return step.kind === "exit"
    ? exitOutputs(step.exit, mixtures.get(step.exit.decision.id)!)
    : step.sources;
}
