import type { Block, Blueprint, BlueprintNode, Choices, Decision, NodeId } from "@espalier/core";
import fc from "fast-check";
import { OP_BLOCKS } from "./block_testing.ts";
import { channelsName, layerOf, sliceOf } from "./layer_parts.ts";
import { conv, DEFAULT_NORM, isMaker } from "./nodes.ts";
import { widthGroups } from "./width_groups.ts";

/** Of few values the variance may be next to 0: ε keeps a norm from magnifying what was rounded. */
const NORM = { ...DEFAULT_NORM, epsilon: 1e-2 };

const BLOCKS = [
  "basic",
  "pre-activation",
  "depthwise",
  "concat",
  "concat-norm",
  "concat-depthwise",
  "plain",
] as const;
type Kind = typeof BLOCKS[number] | keyof typeof OP_BLOCKS;
const KINDS: readonly Kind[] = [...BLOCKS, ...Object.keys(OP_BLOCKS)];

const TAILS = [
  "pool",
  "pool-max",
  "hidden",
  "reshape",
  "flatten",
  "flatten-dropout",
  "flatten-norm",
  "flatten-activation",
  "flatten-concat",
  "flatten-sum",
  "pool-sum",
  "concat-flatten-norm",
  "flatten-dense-sum",
] as const;
type Tail = typeof TAILS[number];

const concat = (id: string, ...inputs: NodeId[]): BlueprintNode => ({ id, op: "concat", inputs });

const depthwise = (id: string, input: NodeId): BlueprintNode => ({
  id,
  op: "depthwise-conv",
  inputs: [input],
  kernel: [3, 3],
  strides: [1, 1],
  padding: [1, 1, 1, 1],
  dilation: [1, 1],
  bias: true,
  norm: NORM,
});

/** Nodes of a block that reads and gives `channels`; the last one is its output. */
function blockNodes(kind: Kind, id: string, input: NodeId, channels: number): BlueprintNode[] {
  const unit = { norm: NORM, activation: "relu" } as const;
  const first = conv({ id: `${id}/a`, input, channels: channels + 2, kernel: 3, ...unit });
  const last = { id: `${id}/z`, channels, kernel: 3, norm: NORM };
  const add = (main: NodeId, side: NodeId): BlueprintNode => ({
    id: `${id}/add`,
    op: "add",
    inputs: [main, side],
    ...(kind !== "depthwise" && { projection: { norm: kind === "basic" } }),
    activation: "relu",
  });
  switch (kind) {
    case "basic":
      return [first, conv({ ...last, input: first.id }), add(last.id, input)];
    case "pre-activation":
      return [
        { id: `${id}/n`, op: "norm", inputs: [input], norm: NORM, activation: "relu6" },
        conv({ ...last, input: `${id}/n` }),
        conv({ id: `${id}/side`, input, channels, kernel: 1 }),
        add(last.id, `${id}/side`),
      ];
    case "depthwise":
      return [
        first,
        depthwise(`${id}/d`, first.id),
        conv({ ...last, input: `${id}/d` }),
        add(last.id, input),
      ];
    case "concat":
      return [
        first,
        concat(`${id}/c`, first.id, input),
        conv({ ...last, input: `${id}/c` }),
      ];
    case "concat-norm":
      return [
        first,
        concat(`${id}/c`, first.id, input),
        { id: `${id}/n`, op: "norm", inputs: [`${id}/c`], norm: NORM, activation: "relu" },
        conv({ ...last, input: `${id}/n` }),
        add(last.id, input),
      ];
    case "concat-depthwise":
      return [
        first,
        concat(`${id}/c`, input, first.id),
        depthwise(`${id}/d`, `${id}/c`),
        conv({ ...last, input: `${id}/d` }),
      ];
    case "plain":
      return [first, { id: `${id}/drop`, op: "dropout", inputs: [first.id], rate: 0.5 }, {
        ...conv({ ...last, input: `${id}/drop` }),
        norm: NORM,
        activation: "relu",
      }];
    default:
      return OP_BLOCKS[kind]!({ id, input, channels });
  }
}

/** From the last image to the features of the classifier, which are the value of the last node. */
function tailNodes(
  tail: Tail,
  { input, channels }: { readonly input: NodeId; readonly channels: number },
): BlueprintNode[] {
  const flatten = (id: string, from: NodeId): BlueprintNode => ({
    id,
    op: "flatten",
    inputs: [from],
  });
  const own = (id: string, width = 4) =>
    conv({ id, input, channels: width, kernel: 1, norm: NORM });
  switch (tail) {
    case "pool":
      return [{ id: "features", op: "global-pool", inputs: [input] }];
    case "pool-max":
      return [{ id: "features", op: "global-pool", inputs: [input], pool: "max" }];
    case "hidden":
      return [
        flatten("flat", input),
        { id: "one", op: "dense", inputs: ["flat"], channels: 5, bias: true, activation: "tanh" },
        { id: "drawn", op: "norm", inputs: ["one"], norm: { epsilon: 0.1, momentum: 0.9 } },
        { id: "side", op: "dense", inputs: ["drawn"], channels: 4, bias: false },
        { id: "two", op: "dense", inputs: ["one"], channels: 4, bias: true, activation: "sigmoid" },
        { id: "features", op: "merge", by: "multiply", inputs: ["side", "two"] },
      ];
    case "reshape":
      return [
        own("narrow"),
        { id: "pooled", op: "global-pool", inputs: ["narrow"] },
        { id: "image", op: "reshape", inputs: ["pooled"], shape: [1, 1, 4] },
        conv({ id: "head", input: "image", channels: 5, kernel: 1, activation: "tanh" }),
        flatten("features", "head"),
      ];
    case "flatten":
      return [flatten("features", input)];
    case "flatten-dropout":
      return [
        flatten("flat", input),
        { id: "features", op: "dropout", inputs: ["flat"], rate: 0.5 },
      ];
    case "flatten-norm":
      return [
        flatten("flat", input),
        { id: "features", op: "norm", inputs: ["flat"], norm: NORM, activation: "relu" },
      ];
    case "flatten-activation":
      return [
        flatten("flat", input),
        { id: "features", op: "activation", inputs: ["flat"], activation: "relu6" },
      ];
    case "flatten-concat":
      return [
        flatten("flat", input),
        { id: "mean", op: "global-pool", inputs: [input] },
        concat("features", "mean", "flat"),
      ];
    case "flatten-sum":
      return [
        own("left"),
        own("right"),
        flatten("flat/left", "left"),
        flatten("flat/right", "right"),
        {
          ...{ id: "features", op: "add", inputs: ["flat/left", "flat/right"] },
          projection: { norm: false },
        },
      ];
    case "pool-sum":
      return [
        own("side", channels),
        { id: "mean/main", op: "global-pool", inputs: [input] },
        { id: "mean/side", op: "global-pool", inputs: ["side"] },
        {
          ...{ id: "features", op: "add", inputs: ["mean/side", "mean/main"] },
          projection: { norm: false },
        },
      ];
    case "concat-flatten-norm":
      return [
        own("side"),
        concat("both", "side", input),
        flatten("flat", "both"),
        { id: "features", op: "norm", inputs: ["flat"], norm: NORM },
      ];
    case "flatten-dense-sum":
      return [
        { id: "mean", op: "global-pool", inputs: [input] },
        own("left", 2),
        own("right", 1),
        concat("both", "left", "right"),
        flatten("flat", "both"),
        { id: "one", op: "dense", inputs: ["mean"], channels: 48, bias: true, activation: "tanh" },
        { id: "features", op: "add", inputs: ["one", "flat"] },
      ];
  }
}

interface Recipe {
  readonly stages: readonly (readonly Kind[])[];
  readonly width: number;
  readonly tail: Tail;
}

/** Activations that saturate leave features nearly constant, whose norms would amplify rounding. */
const damped = (node: BlueprintNode): BlueprintNode =>
  "norm" in node && node.norm ? { ...node, norm: { ...node.norm, epsilon: 0.1 } } : node;

function build({ stages, width, tail }: Recipe): Blueprint {
  const nodes: BlueprintNode[] = [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
    conv({ id: "stem", input: "images", channels: width, kernel: 3, norm: NORM }),
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
  nodes.push(...tailNodes(tail, { input: nodes.at(-1)!.id, channels: width }));
  nodes.push({ id: "classifier", op: "dense", inputs: ["features"], channels: 3, bias: true });
  const isResidual = stages.flat().every((kind) => BLOCKS.includes(kind as typeof BLOCKS[number]));
  return {
    name: "arbitrary",
    nodes: isResidual ? nodes : nodes.map(damped),
    stages: list,
    output: "classifier",
  };
}

/** Small networks of every operation, with one or two stages. */
export const arbitraryBlueprint: fc.Arbitrary<Blueprint> = fc.record({
  stages: fc.array(fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  }),
  width: fc.integer({ min: 2, max: 5 }),
  tail: fc.constantFrom(...TAILS),
}).map(build);

/** Every width and depth that may be decided, with all values as candidates. */
export function allDecisions(blueprint: Blueprint, residual: "project" | "tie"): Decision[] {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const channels = new Map(
    blueprint.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]),
  );
  return [
    ...widthGroups(blueprint, { residual }).map((nodes): Decision => ({
      id: channelsName(nodes[0]!),
      space: "width",
      candidates: upTo(sliceOf(nodes[0]!, channels.get(layerOf(nodes[0]!))!).count),
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

/** Some of what may be decided, with some candidates; widths may grow by two channels. */
export function arbitraryDecisions(
  blueprint: Blueprint,
  residual: "project" | "tie",
): fc.Arbitrary<Decision[]> {
  return fc.tuple(
    ...allDecisions(blueprint, residual).map((decision) => {
      const unpruned = decision.candidates.at(-1)!;
      const grows = decision.effect.kind === "channels";
      const others = [
        ...decision.candidates.slice(0, -1),
        ...grows ? [1, 2].map((n) => unpruned + n) : [],
      ];
      return fc.subarray(others).map((some): Decision => {
        const candidates = [...some, unpruned].sort((a, b) => a - b);
        return { ...decision, candidates, ...(candidates.at(-1)! > unpruned && { unpruned }) };
      });
    }),
  ).map((decisions) => decisions.filter(({ candidates }) => candidates.length > 1));
}

/** A choice for every decision. */
export function arbitraryChoices(decisions: readonly Decision[]): fc.Arbitrary<Choices> {
  return fc.record(
    Object.fromEntries(
      decisions.map(({ id, candidates }) => [id, fc.constantFrom(...candidates)]),
    ),
  );
}
