import type { Block, Blueprint, NodeId, Stage } from "@espalier/core";
import type { Fault } from "./blueprint_fault.ts";
import { outputsOf } from "./outputs_of.ts";
import type { InferredValues } from "./infer_shapes.ts";

interface Place {
  readonly stage: Stage;
  readonly index: number;
}

function duplicate(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

function nameFault({ stages, nodes }: Blueprint): Fault | undefined {
  const blocks = stages.flatMap((stage) => stage.blocks);
  const names = [...stages.map(({ id }) => id), ...blocks.map(({ id }) => id)];
  const twice = duplicate([...names, ...nodes.map(({ id }) => id)]);
  if (twice !== undefined) {
    return {
      rule: "stages, blocks and nodes have names of their own",
      state: `"${twice}" occurs twice`,
      advice: "Rename one of the two",
    };
  }
  const shared = duplicate(blocks.flatMap((block) => block.nodes));
  return shared === undefined ? undefined : {
    rule: "a node belongs to one block",
    state: `"${shared}" is listed twice`,
    advice: "List it once",
  };
}

function memberFault(block: Block, known: ReadonlySet<NodeId>): Fault | undefined {
  const missing = block.nodes.find((id) => !known.has(id));
  if (missing !== undefined) {
    return {
      rule: "blocks are made of nodes",
      state: `block "${block.id}" lists "${missing}"`,
      advice: "List nodes of the blueprint",
    };
  }
  return block.nodes.includes(block.output) ? undefined : {
    rule: "a block's output is one of its nodes",
    state: `block "${block.id}" gives "${block.output}"`,
    advice: "Name a node that it lists",
  };
}

/**
 * Whether `source` may be read from `to`. Only its output is read outside of a block, and only the
 * last block's outside of the stage: else a cut would remove what is still read.
 */
function mayRead(source: NodeId, from: Place, to: Place | undefined): boolean {
  const { stage, index } = from;
  if (to?.stage === stage && to.index === index) return true;
  if (source !== stage.blocks[index]!.output) return false;
  return to?.stage === stage ? to.index > index : index === stage.blocks.length - 1;
}

function chainFault(blueprint: Blueprint): Fault | undefined {
  const places = new Map<NodeId, Place>();
  for (const stage of blueprint.stages) {
    stage.blocks.forEach((block, index) => {
      for (const id of block.nodes) places.set(id, { stage, index });
    });
  }
  const outputs = { id: "", inputs: outputsOf(blueprint).map(({ node }) => node) };
  for (const { id, inputs } of [...blueprint.nodes, outputs]) {
    for (const source of inputs) {
      const from = places.get(source);
      if (from === undefined || mayRead(source, from, places.get(id))) continue;
      return {
        rule: "a stage can be cut after each of its blocks",
        state: `${
          id === "" ? "the output" : `node "${id}"`
        } reads "${source}" inside stage "${from.stage.id}"`,
        advice: "Read the stage's last output, or leave that block out of the stage",
      };
    }
  }
}

function sizeFault(stage: Stage, { shapes, ranks }: InferredValues): Fault | undefined {
  const last = stage.blocks.at(-1)!.output;
  const end = shapes.get(last)!;
  const block = stage.blocks.find(({ output }) => {
    const { height, width } = shapes.get(output)!;
    return height !== end.height || width !== end.width ||
      ranks.get(output) !== ranks.get(last);
  });
  return block === undefined ? undefined : {
    rule: "blocks of a stage end in the height and width of its last",
    state: `block "${block.id}" ends in another`,
    advice: "Let it be a stage of its own",
  };
}

/** What is wrong with the stages of a blueprint whose nodes are valid. */
export function stageFault(blueprint: Blueprint, values: InferredValues): Fault | undefined {
  const known = new Set(blueprint.nodes.map(({ id }) => id));
  const blocks = blueprint.stages.flatMap((stage) => stage.blocks);
  const first = <T>(items: readonly T[], check: (item: T) => Fault | undefined) =>
    items.map(check).find((fault) => fault !== undefined);
  return nameFault(blueprint) ?? first(blocks, (block) => memberFault(block, known)) ??
    chainFault(blueprint) ?? first(blueprint.stages, (stage) => sizeFault(stage, values));
}
