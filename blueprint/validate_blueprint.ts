import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import type { $ZodIssue } from "zod/v4/core";
import { blueprintFault } from "./blueprint_fault.ts";
import { inferValues } from "./infer_shapes.ts";
import { outputsOf } from "./outputs_of.ts";
import { blueprintSchema } from "./schema.ts";
import { stageFault } from "./stage_fault.ts";

type Refuse = (rule: string, state: string, advice: string) => never;

function describeIssue(blueprint: Blueprint, issue: $ZodIssue): string {
  const [list, index, ...rest] = issue.path;
  const id = list === "nodes" && typeof index === "number" ? blueprint.nodes[index]?.id : undefined;
  const place = id === undefined
    ? issue.path.join(".") || "the blueprint"
    : `node "${id}"${rest.length > 0 ? `, ${rest.join(".")}` : ""}`;
  return `${place}: ${issue.message}`;
}

function checkFields(blueprint: Blueprint, refuse: Refuse): void {
  const { error } = blueprintSchema.safeParse(blueprint);
  if (error === undefined) return;
  const issue = error.issues[0]!;
  const arity = issue.path.at(-1) === "inputs" && issue.path.length === 3;
  refuse(
    arity ? "each operation reads a fixed number of inputs" : "its fields have valid values",
    describeIssue(blueprint, issue),
    "Correct the field",
  );
}

function checkIds({ nodes }: Blueprint, refuse: Refuse): void {
  const ids = new Set<NodeId>();
  for (const { id } of nodes) {
    if (ids.has(id)) {
      refuse("ids of nodes are unique", `"${id}" occurs twice`, "Rename one of the two");
    }
    ids.add(id);
  }
  for (const id of ids) {
    const parts = id.split("/");
    for (let length = 1; length < parts.length; length++) {
      const parent = parts.slice(0, length).join("/");
      if (!ids.has(parent)) continue;
      // Else the weight `a/norm/gamma` could be that of node `a` or of node `a/norm`.
      refuse("no id extends another", `"${id}" extends "${parent}"`, `Rename "${parent}"`);
    }
  }
}

function checkOrder({ nodes }: Blueprint, refuse: Refuse): void {
  const [first] = nodes as [BlueprintNode, ...BlueprintNode[]];
  if (first.op !== "input") {
    refuse("the first node is the input", `"${first.id}" is ${first.op}`, "List the input first");
  }
  const seen = new Set<NodeId>();
  for (const { id, inputs } of nodes) {
    const missing = inputs.find((source) => !seen.has(source));
    if (missing !== undefined) {
      refuse(
        "every node follows its inputs",
        `node "${id}" reads "${missing}"`,
        `List "${missing}" before it`,
      );
    }
    seen.add(id);
  }
}

function checkUse(blueprint: Blueprint, refuse: Refuse): void {
  const { nodes, output } = blueprint;
  const outputs = outputsOf(blueprint).map(({ node }) => node);
  const missing = [output, ...outputs].find((end) => !nodes.some(({ id }) => id === end));
  if (missing !== undefined) {
    refuse("its outputs are nodes", `there is no "${missing}"`, "Name the node of the logits");
  }
  if (outputs[0] !== output) {
    refuse("its first output is `output`", `it is "${outputs[0]}"`, `List "${output}" first`);
  }
  const used = new Set<NodeId>(outputs);
  for (const { id, inputs } of [...nodes].reverse()) {
    if (!used.has(id)) {
      refuse("every node leads to an output", `"${id}" leads nowhere`, "Remove it or use it");
    }
    for (const source of inputs) used.add(source);
  }
}

function checkShares({ nodes, stages }: Blueprint, refuse: Refuse): void {
  const seen = new Map<NodeId, BlueprintNode>();
  const blocks = stages.flatMap((stage) => stage.blocks);
  const blockOf = (id: NodeId) => blocks.find((block) => block.nodes.includes(id))?.id;
  for (const node of nodes) {
    seen.set(node.id, node);
    const { id, sharesWeightsOf: owner } = node;
    if (owner === undefined) continue;
    const other = seen.get(owner);
    if (
      other?.op !== node.op || other.sharesWeightsOf !== undefined || blockOf(owner) !== blockOf(id)
    ) {
      refuse(
        "weights are shared by an earlier node of one kind, in the same block or none",
        `node "${id}" uses those of "${owner}"`,
        "Name the first call of the layer",
      );
    }
  }
}

function checkWindows({ nodes }: Blueprint, refuse: Refuse): void {
  for (const node of nodes) {
    if (
      (node.op === "conv" || node.op === "depthwise-conv") &&
      Math.max(...node.strides) > 1 && Math.max(...node.dilation) > 1
    ) {
      refuse(
        "no backend can stride and dilate at once",
        `node "${node.id}" has strides ${node.strides} and dilation ${node.dilation}`,
        "Set one of them to 1",
      );
    }
    if (node.op !== "pool") continue;
    const [top, bottom, left, right] = node.padding;
    if (Math.max(top, bottom) >= node.size[0] || Math.max(left, right) >= node.size[1]) {
      refuse(
        "no pooling window lies in the padding",
        `node "${node.id}" pads ${node.padding} around windows of ${node.size}`,
        "Pad less than a window",
      );
    }
  }
}

function checkValues(blueprint: Blueprint): void {
  const fault = stageFault(blueprint, inferValues(blueprint));
  if (fault !== undefined) throw blueprintFault(blueprint.name, fault);
}

/**
 * Check a blueprint: fields, names, order, sizes, and that its stages can be cut.
 *
 * @param blueprint What to check; may come from a file.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID, which says which node breaks which rule.
 */
export function validateBlueprint(blueprint: Blueprint): void {
  const refuse: Refuse = (rule, state, advice) => {
    throw blueprintFault(String(blueprint?.name), { rule, state, advice });
  };
  for (
    const check of [
      checkFields,
      checkIds,
      checkOrder,
      checkUse,
      checkShares,
      checkWindows,
      checkValues,
    ]
  ) {
    check(blueprint, refuse);
  }
}
