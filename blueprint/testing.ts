import type { Block, Blueprint, BlueprintNode, Choices, Decision, NodeId } from "@espalier/core";
import fc from "fast-check";
import { conv, DEFAULT_NORM } from "./nodes.ts";
import { widthGroups } from "./width_groups.ts";

const BLOCKS = ["basic", "pre-activation", "depthwise", "concat", "plain"] as const;
type Kind = typeof BLOCKS[number];

/** Nodes of a block that reads and gives `channels`; the last one is its output. */
function blockNodes(kind: Kind, id: string, input: NodeId, channels: number): BlueprintNode[] {
  const unit = { norm: DEFAULT_NORM, activation: "relu" } as const;
  const first = conv({ id: `${id}/a`, input, channels: channels + 2, kernel: 3, ...unit });
  const last = { id: `${id}/z`, channels, kernel: 3, norm: DEFAULT_NORM };
  const add = (main: NodeId, side: NodeId): BlueprintNode => ({
    id: `${id}/add`,
    op: "add",
    inputs: [main, side],
    projection: { norm: kind === "basic" },
    activation: "relu",
  });
  switch (kind) {
    case "basic":
      return [first, conv({ ...last, input: first.id }), add(last.id, input)];
    case "pre-activation":
      return [
        { id: `${id}/n`, op: "norm", inputs: [input], norm: DEFAULT_NORM, activation: "relu6" },
        conv({ ...last, input: `${id}/n` }),
        conv({ id: `${id}/side`, input, channels, kernel: 1 }),
        add(last.id, `${id}/side`),
      ];
    case "depthwise":
      return [
        first,
        {
          id: `${id}/d`,
          op: "depthwise-conv",
          inputs: [first.id],
          kernel: [3, 3],
          strides: [1, 1],
          padding: [1, 1, 1, 1],
          dilation: [1, 1],
          bias: true,
          norm: DEFAULT_NORM,
        },
        conv({ ...last, input: `${id}/d` }),
        add(last.id, input),
      ];
    case "concat":
      return [
        first,
        { id: `${id}/c`, op: "concat", inputs: [first.id, input] },
        conv({ ...last, input: `${id}/c` }),
      ];
    case "plain":
      return [first, { id: `${id}/drop`, op: "dropout", inputs: [first.id], rate: 0.5 }, {
        ...conv({ ...last, input: `${id}/drop` }),
        norm: DEFAULT_NORM,
        activation: "relu",
      }];
  }
}

interface Recipe {
  readonly stages: readonly (readonly Kind[])[];
  readonly width: number;
  readonly flatten: boolean;
}

function build({ stages, width, flatten }: Recipe): Blueprint {
  const nodes: BlueprintNode[] = [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
    conv({ id: "stem", input: "images", channels: width, kernel: 3, norm: DEFAULT_NORM }),
  ];
  const list = stages.map((kinds, s) => ({
    id: `s${s}`,
    blocks: kinds.map((kind, b): Block => {
      const id = `s${s}/b${b}`;
      const added = blockNodes(kind, id, nodes.at(-1)!.id, width);
      nodes.push(...added);
      return { id, nodes: added.map((node) => node.id), output: added.at(-1)!.id };
    }),
  }));
  nodes.push(
    { id: "pool", op: flatten ? "flatten" : "global-pool", inputs: [nodes.at(-1)!.id] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 3, bias: true },
  );
  return { name: "arbitrary", nodes, stages: list, output: "classifier" };
}

/** Small networks of every operation, with one or two stages. */
export const arbitraryBlueprint: fc.Arbitrary<Blueprint> = fc.record({
  stages: fc.array(fc.array(fc.constantFrom(...BLOCKS), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  }),
  width: fc.integer({ min: 2, max: 5 }),
  flatten: fc.boolean(),
}).map(build);

/** Every width and depth that may be decided, with all values as candidates. */
export function allDecisions(blueprint: Blueprint, residual: "project" | "tie"): Decision[] {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const channels = new Map(
    blueprint.nodes.flatMap((node) => node.op === "conv" ? [[node.id, node.channels]] : []),
  );
  return [
    ...widthGroups(blueprint, { residual }).map((nodes): Decision => ({
      id: nodes[0]!,
      space: "width",
      candidates: upTo(channels.get(nodes[0]!)!),
      effect: { kind: "channels", nodes },
    })),
    ...blueprint.stages.map(({ id, blocks }): Decision => ({
      id,
      space: "depth",
      candidates: upTo(blocks.length),
      effect: { kind: "exit", stage: id },
    })),
  ];
}

/** A choice for every decision. */
export function arbitraryChoices(decisions: readonly Decision[]): fc.Arbitrary<Choices> {
  return fc.record(
    Object.fromEntries(
      decisions.map(({ id, candidates }) => [id, fc.constantFrom(...candidates)]),
    ),
  );
}
