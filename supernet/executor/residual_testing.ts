/** Networks that the executor runs, and their decisions, for the tests of this folder. */
import { conv, type ConvOptions, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Decision, Padding } from "@espalier/core";

const norm = DEFAULT_NORM, relu = { norm, activation: "relu" } as const;
const NONE: Padding = [0, 0, 0, 0];

const average = (id: string, input: string): BlueprintNode => ({
  ...{ id, op: "pool", pool: "average", inputs: [input] },
  ...{ size: [2, 2], strides: [2, 2], padding: NONE },
});

/** A sum behind a convolution whose norm it shares a pass with. */
export const sumOf = (id: string, main: string, shortcut: string): BlueprintNode => ({
  ...{ id, op: "add", inputs: [main, shortcut], projection: { norm: true }, activation: "relu" },
});

/** The end that the executor takes. */
export function tail(input: string): BlueprintNode[] {
  return [
    { id: "pooled", op: "global-pool", inputs: [input] },
    { id: "classifier", op: "dense", inputs: ["pooled"], channels: 3, bias: true },
  ];
}

/** The kernels of a block, its shortcut left out. */
type Units = readonly Omit<ConvOptions, "id" | "input" | "norm" | "activation">[];

/** Units, each behind the other; the last has no activation. */
function units(block: string, input: string, list: Units): BlueprintNode[] {
  return list.map((options, i) =>
    conv({
      ...options,
      ...(i < list.length - 1 ? relu : { norm }),
      id: `${block}/conv_${"abc"[i]}`,
      input: i === 0 ? input : `${block}/conv_${"abc"[i - 1]}`,
    })
  );
}

function stageOf(id: string, blocks: readonly (readonly BlueprintNode[])[]) {
  return {
    id,
    blocks: blocks.map((nodes, b) => ({
      id: `${id}/block${b}`,
      nodes: nodes.map(({ id }) => id),
      output: nodes.at(-1)!.id,
    })),
  };
}

const identity = (block: string, input: string, list: Units): BlueprintNode[] => [
  ...units(block, input, list),
  sumOf(`${block}/add`, `${block}/conv_${"abc"[list.length - 1]}`, input),
];

const three = (channels: number, stride = 1) => ({ channels, kernel: 3, stride });
const one = (channels: number) => ({ channels, kernel: 1 });

const FIRST = [
  identity("stage0/block0", "stem", [three(5), three(6)]),
  identity("stage0/block1", "stage0/block0/add", [three(4), three(6)]),
];

const SECOND: BlueprintNode[][] = [
  [
    ...units("stage1/block0", "stage0/block1/add", [three(7, 2), three(8)]),
    average("stage1/block0/pool", "stage0/block1/add"),
    // It has no norm while it is plain, so that the loss depends on the scale of its input.
    conv({
      ...{ id: "stage1/block0/shortcut", input: "stage1/block0/pool", ...one(8) },
      searchNorm: norm,
    }),
    sumOf("stage1/block0/add", "stage1/block0/conv_b", "stage1/block0/shortcut"),
  ],
  identity("stage1/block1", "stage1/block0/add", [three(7), three(8)]),
];

/** A stem, a stage at full size, a stage at half of it behind a pooled shortcut. */
export const RESIDUAL: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [6, 6, 3] },
    conv({ id: "stem", input: "images", ...three(6), ...relu }),
    ...[...FIRST, ...SECOND].flat(),
    ...tail("stage1/block1/add"),
  ],
  stages: [stageOf("stage0", FIRST), stageOf("stage1", SECOND)],
  output: "classifier",
};

const BOTTLENECKS: BlueprintNode[][] = [
  [
    ...units("stage0/block0", "peak", [one(3), three(4, 2), one(9)]),
    conv({ id: "stage0/block0/shortcut", input: "peak", ...one(9), stride: 2, norm }),
    sumOf("stage0/block0/add", "stage0/block0/conv_c", "stage0/block0/shortcut"),
  ],
  identity("stage0/block1", "stage0/block0/add", [one(4), three(3), one(9)]),
];

/** Bottlenecks behind a maximum, a bare convolution, and no bias at the end. */
export const BOTTLENECK: Blueprint = {
  name: "bottleneck",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [7, 7, 3] },
    conv({ id: "stem", input: "images", ...three(5), ...relu }),
    {
      ...{ id: "peak", op: "pool", pool: "max", inputs: ["stem"] },
      ...{ size: [3, 3], strides: [1, 1], padding: NONE },
    },
    ...BOTTLENECKS.flat(),
    conv({ id: "bare", input: "stage0/block1/add", ...one(5) }),
    { id: "pooled", op: "global-pool", inputs: ["bare"] },
    { id: "classifier", op: "dense", inputs: ["pooled"], channels: 3, bias: false },
  ],
  stages: [stageOf("stage0", BOTTLENECKS)],
  output: "classifier",
};

const widthOf = (candidates: number[], ...nodes: string[]): Decision => ({
  id: nodes[0]!,
  space: "width",
  candidates,
  effect: { kind: "channels", nodes },
});

/** Widths of a stem, of both sides of sums, and of two convolutions that share a decision. */
export const WIDTHS: readonly Decision[] = [
  widthOf([2, 4, 6], "stem"),
  widthOf([2, 3, 5], "stage0/block0/conv_a"),
  widthOf([2, 3, 6], "stage0/block0/conv_b"),
  widthOf([3, 5, 7], "stage1/block0/conv_a", "stage1/block1/conv_a"),
  widthOf([2, 4, 8], "stage1/block0/conv_b"),
  widthOf([4, 6, 8], "stage1/block0/shortcut"),
];

/** Widths of all convolutions of sums, with candidates wider than the unpruned network. */
export const GROWING: readonly Decision[] = [
  ...WIDTHS,
  widthOf([3, 6], "stage0/block1/conv_b"),
  widthOf([1, 5, 8], "stage1/block1/conv_b"),
].map((decision, i) => {
  const unpruned = decision.candidates.at(-1)!;
  return { ...decision, candidates: [...decision.candidates, unpruned + 1 + i % 3], unpruned };
});

/** Depths of both stages. */
export const DEPTHS: readonly Decision[] = ["stage0", "stage1"].map((stage) => ({
  id: stage,
  space: "depth",
  candidates: [1, 2],
  effect: { kind: "exit", stage },
}));

/** An asymmetric linear aggregator; between equal widths the identity. */
export function matrix(from: number, to: number): Float32Array {
  return Float32Array.from(
    { length: from * to },
    (_, i) => from === to ? Number(i % (to + 1) === 0) : Math.sin(i + from) / from,
  );
}
