import { conv, DEFAULT_NORM, layerParts } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Decision } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { planExits, planNodes } from "../plan.ts";
import {
  nameOf,
  type Program,
  readsOf,
  sourcesOf,
  stepsOf,
  wholeWidths,
  writeProgram,
} from "./program.ts";
import { BOTTLENECK, DEPTHS, GROWING, RESIDUAL, sumOf, tail, WIDTHS } from "./residual_testing.ts";

function write(blueprint: Blueprint, decisions: readonly Decision[] = []): Program | undefined {
  const exits = planExits(blueprint, decisions);
  return writeProgram({
    plans: planNodes(blueprint, decisions),
    exits,
    widths: wholeWidths(layerParts(blueprint, decisions))!,
    output: blueprint.output,
  });
}

Deno.test("wholeWidths() leaves layers that are decided in slices to the tape", () => {
  const slice = { layer: "stem", from: 0, count: 2 };
  const sliced: Decision = {
    ...WIDTHS[0]!,
    candidates: [1, 2],
    effect: { kind: "channels", nodes: [slice] },
  };
  assertEquals(wholeWidths(layerParts(RESIDUAL, [...WIDTHS.slice(1), sliced])), undefined);
  assertEquals(wholeWidths(layerParts(RESIDUAL, []))!.size, 0);
});

/** Each step as what it does, with the sum that it does too. */
function describe({ steps }: Program): string[] {
  return steps.map((step) =>
    step.kind === "conv" && step.add
      ? `${step.node.id} + ${step.add.residual} = ${nameOf(step)}`
      : `${step.kind} ${nameOf(step)}`
  );
}

const unit = (id: string, input: string, change: object = {}): BlueprintNode => ({
  ...conv({ id, input, channels: 4, kernel: 3, norm: DEFAULT_NORM }),
  ...change,
});

/** A network of some nodes between 4×4×4 images and the end. */
function network(...nodes: readonly BlueprintNode[]): Blueprint {
  return {
    name: "small",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 4] },
      ...nodes,
      ...tail(nodes.at(-1)!.id),
    ],
    stages: [],
    output: "classifier",
  };
}

Deno.test("writeProgram() puts sums behind the last convolution of their main branch", () => {
  const program = write(RESIDUAL)!;
  assertEquals(describe(program), [
    "conv stem",
    "conv stage0/block0/conv_a",
    "stage0/block0/conv_b + stem = stage0/block0/add",
    "conv stage0/block1/conv_a",
    "stage0/block1/conv_b + stage0/block0/add = stage0/block1/add",
    "conv stage1/block0/conv_a",
    "pool stage1/block0/pool",
    "conv stage1/block0/shortcut",
    "stage1/block0/conv_b + stage1/block0/shortcut = stage1/block0/add",
    "conv stage1/block1/conv_a",
    "stage1/block1/conv_b + stage1/block0/add = stage1/block1/add",
  ]);
  assertEquals([program.pooled, program.classifier.id], ["stage1/block1/add", "classifier"]);
});

Deno.test("writeProgram() mixes a stage's depths behind its last block, and feeds what follows", () => {
  const program = write(RESIDUAL, DEPTHS)!;
  const names = describe(program);
  assertEquals(names.indexOf("exit stage0"), 5);
  assertEquals(names.at(-1), "exit stage1");
  assertEquals(program.pooled, "stage1");
  const [both, shallow] = [[0, 1], [0]].map((indices) =>
    new Map(DEPTHS.map(({ id }) => [id, { indices }] as const))
  );
  assertEquals(stepsOf(program, both!).length, program.steps.length);
  assertEquals(
    program.steps.filter((step) => !stepsOf(program, shallow!).includes(step)).map(nameOf),
    ["stage0/block1/conv_a", "stage0/block1/add", "stage1/block1/conv_a", "stage1/block1/add"],
  );
  const exit = program.steps[5]!;
  assertEquals(sourcesOf(exit, both!), ["stage0/block0/add", "stage0/block1/add"]);
  assertEquals(sourcesOf(exit, shallow!), ["stage0/block0/add"]);
  assertEquals(sourcesOf(program.steps[6]!, both!), ["stage0"]);
  assertEquals(sourcesOf(program.steps[4]!, both!), [
    "stage0/block1/conv_a",
    "stage0/block0/add",
  ]);
});

Deno.test("readsOf() names what a pass is differentiated with respect to", () => {
  const decisions = [...WIDTHS, ...DEPTHS];
  const widths = wholeWidths(layerParts(RESIDUAL, decisions))!;
  const mixtures = new Map(decisions.map(({ id }) => [id, { indices: [0] }] as const));
  const reads = readsOf(write(RESIDUAL, decisions)!, { widths, mixtures });
  const norms = (prefix: string) => [`${prefix}/gamma`, `${prefix}/beta`];
  assertEquals(reads.weights.slice(0, 5), [
    "classifier/kernel",
    "classifier/bias",
    "stem/kernel",
    ...norms("stem/norm/0"),
  ]);
  assertEquals(reads.weights.filter((name) => name.includes("block1")), []);
  // The second convolution of a shared decision lies in a block that is cut off.
  assertEquals(reads.mixtures, [
    "stem",
    "stage0/block0/conv_a",
    "stage0/block0/conv_b",
    "stage0",
    "stage1/block0/conv_a",
    "stage1/block0/shortcut",
    "stage1/block0/conv_b",
    "stage1",
  ]);
  const bare = readsOf(write(BOTTLENECK)!, { widths: new Map(), mixtures: new Map() });
  assertEquals(bare.weights.filter((name) => /bare|classifier|stem/.test(name)), [
    "classifier/kernel",
    "stem/kernel",
    ...norms("stem/norm"),
    "bare/kernel",
  ]);
});

Deno.test("writeProgram() takes the other branch where the first one's value is read twice", () => {
  const twice = network(
    unit("a", "images"),
    unit("b", "a"),
    sumOf("first", "a", "b"),
    unit("c", "first"),
    sumOf("second", "c", "a"),
  );
  assertEquals(describe(write(twice)!), ["conv a", "b + a = first", "c + a = second"]);
});

const refused: [string, Blueprint][] = [
  ["relu6", network(unit("a", "images", { activation: "relu6" }))],
  ["a bias", network(unit("a", "images", { bias: true }))],
  ["a dilated kernel", network(unit("a", "images", { dilation: [2, 1], padding: [2, 2, 1, 1] }))],
  [
    "an activation without norm",
    network(unit("a", "images", { norm: undefined, activation: "relu" })),
  ],
  ["a depthwise convolution", network(unit("a", "images", { op: "depthwise-conv" }))],
  ["a norm of its own", network({ id: "a", op: "norm", inputs: ["images"], norm: DEFAULT_NORM })],
  [
    "a padded pool",
    network({
      ...{ id: "a", op: "pool", pool: "max", inputs: ["images"] },
      ...{ size: [3, 3], strides: [1, 1], padding: [1, 1, 1, 1] },
    }),
  ],
  ["a value added to itself", network(unit("a", "images"), sumOf("b", "a", "a"))],
  [
    "a sum of convolutions with activations",
    (() => {
      const a = unit("a", "images", { activation: "relu" });
      return network(a, unit("b", "a", { activation: "relu" }), sumOf("c", "b", "a"));
    })(),
  ],
  [
    "a sum of two sums",
    (() => {
      const sums = [
        sumOf("c", "b", "a"),
        unit("d", "c"),
        sumOf("e", "d", "c"),
        sumOf("f", "e", "c"),
      ];
      return network(unit("a", "images"), unit("b", "a"), ...sums);
    })(),
  ],
  [
    "a dense layer with an activation",
    (() => {
      const { nodes, ...rest } = network(unit("a", "images"));
      const dense = { ...nodes.at(-1)!, activation: "relu" } as BlueprintNode;
      return { ...rest, nodes: [...nodes.slice(0, -1), dense] };
    })(),
  ],
  ["no dense layer", { ...network(unit("a", "images")), output: "a" }],
];

for (const [name, blueprint] of refused) {
  Deno.test(`writeProgram() takes no network with ${name}`, () => {
    assertEquals(write(blueprint), undefined);
  });
}

Deno.test("writeProgram() takes no searched width without a norm", () => {
  const bare = network(unit("a", "images", { norm: undefined }));
  const decision: Decision = {
    id: "a",
    space: "width",
    candidates: [2, 4],
    effect: { kind: "channels", nodes: ["a"] },
  };
  assertEquals(describe(write(bare)!), ["conv a"]);
  assertEquals(write(bare, [decision]), undefined);
});

Deno.test("writeProgram() takes no sum that is wider than the plain norm before it", () => {
  assertEquals(describe(write(RESIDUAL, GROWING)!), describe(write(RESIDUAL)!));
  const stem = GROWING.filter(({ id }) => id === "stem" || id === "stage0/block0/conv_b");
  assertEquals(write(RESIDUAL, stem), undefined);
});

Deno.test("writeProgram() fuses no sum with a convolution whose value may leave the stage", () => {
  const blueprint: Blueprint = {
    ...network(unit("a", "images"), unit("b", "a"), sumOf("sum", "b", "a")),
    stages: [{
      id: "stage",
      blocks: [
        { id: "first", nodes: ["b"], output: "b" },
        { id: "second", nodes: ["sum"], output: "sum" },
      ],
    }],
  };
  const decision: Decision = {
    id: "stage",
    space: "depth",
    candidates: [1, 2],
    effect: { kind: "exit", stage: "stage" },
  };
  assertEquals(describe(write(blueprint)!), ["conv a", "b + a = sum"]);
  assertEquals(write(blueprint, [decision]), undefined);
});
