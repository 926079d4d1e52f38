import type { BlueprintNode, NodeId, OutputSpec } from "@espalier/core";

/** Nodes and outputs, and what weights of nodes that are gone are called now. */
export interface Fused {
  /** The nodes. */
  readonly nodes: readonly BlueprintNode[];
  /** What the model gives. */
  readonly outputs: readonly OutputSpec[];
  /** The new name behind each node that became part of another. */
  readonly moved: ReadonlyMap<NodeId, NodeId>;
}

/** A value that a model gives. */
export interface End {
  /** The node. */
  readonly node: NodeId;
  /** Its author's name for it. */
  readonly name: string;
}

/** Nodes that may carry a norm. */
const NORMED = new Set<BlueprintNode["op"]>(["conv", "depthwise-conv", "transposed-conv"]);
/** Nodes that may carry an activation. */
const ACTIVATED = new Set<BlueprintNode["op"]>([...NORMED, "norm", "add", "dense"]);

type Unit = BlueprintNode & { readonly norm?: unknown; readonly activation?: unknown };

/** The node with another behind it, if the two can be one; else undefined. */
function joined(unit: Unit, next: BlueprintNode): BlueprintNode | undefined {
  const layer = next.source?.layer;
  const source = (part: "norm" | "activation") => ({
    source: { ...unit.source, ...(layer !== undefined && { [part]: layer }) },
  });
  if (next.op === "norm" && NORMED.has(unit.op) && !unit.norm && !unit.activation) {
    return { ...unit, ...source("norm"), norm: next.norm } as BlueprintNode;
  }
  if (next.op === "activation" && ACTIVATED.has(unit.op) && !unit.activation) {
    return { ...unit, ...source("activation"), activation: next.activation } as BlueprintNode;
  }
}

/**
 * Let norms and activations become parts of what is in front of them, in this order, where nothing else
 * reads it.
 */
export function fuse(nodes: readonly BlueprintNode[], ends: readonly End[]): Fused {
  const read = [...nodes.flatMap(({ inputs }) => inputs), ...ends.map(({ node }) => node)];
  const readers = Map.groupBy(read, (id) => id);
  const shared = new Set(
    nodes.flatMap(({ id, sharesWeightsOf: owner }) => owner === undefined ? [] : [id, owner]),
  );
  const moved = new Map<NodeId, NodeId>();
  const kept = new Map<NodeId, BlueprintNode>();
  const nameOf = (id: NodeId): NodeId => moved.get(id) ?? id;
  for (const node of nodes) {
    const read = { ...node, inputs: node.inputs.map(nameOf) };
    const [input] = read.inputs;
    const unit = input === undefined ? undefined : kept.get(input);
    const isAlone = node.inputs.length === 1 && readers.get(node.inputs[0]!)!.length === 1;
    const isOwn = unit !== undefined && !shared.has(unit.id) && !shared.has(node.id);
    const made = isOwn && isAlone ? joined(unit, node) : undefined;
    if (made === undefined) {
      kept.set(node.id, read);
      continue;
    }
    kept.set(made.id, made);
    moved.set(node.id, made.id);
  }
  const named = ends.map(({ node, name }) => ({ node: nameOf(node), name }));
  return { ...withLogits([...kept.values()], named), moved };
}

/** Whether an output is told in logits, which train better than what a function makes of them. */
const endsLogits = (activation: unknown): boolean =>
  activation === "softmax" || activation === "log-softmax" || activation === "sigmoid";

/** Name of the last layer that a node becomes. */
const lastLayer = ({ source }: BlueprintNode): string | undefined =>
  source?.activation ?? source?.norm ?? source?.layer;

/** Outputs as logits: the functions at the end of a model belong to what is exported alone. */
function withLogits(
  nodes: readonly BlueprintNode[],
  ends: readonly End[],
): Pick<Fused, "nodes" | "outputs"> {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const left = new Map(nodes.map((node) => [node.id, node]));
  const outputs = ends.map(({ node: id, name }): OutputSpec => {
    const node = left.get(id)!;
    const isLast = !read.has(id) && ends.filter((end) => end.node === id).length === 1;
    if (!isLast || !("activation" in node) || !endsLogits(node.activation)) {
      const last = lastLayer(node);
      return { node: id, ...(last !== name && { layer: name }) };
    }
    const activation = node.activation!;
    if (node.op === "activation") {
      left.delete(id);
      return { node: node.inputs[0]!, activation, layer: name };
    }
    const { activation: _, ...bare } = node;
    const { activation: __, ...source } = node.source!;
    left.set(id, { ...bare, source } as BlueprintNode);
    return { node: id, activation, ...(source.layer !== name && { layer: name }) };
  });
  return { nodes: [...left.values()], outputs };
}
