import { conv, DEFAULT_NORM, layerParts } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Decision } from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import { planExits, planNodes } from "../plan.ts";
import { nameOf, type Program, sourcesOf, stepsOf, writeProgram } from "./program.ts";
import { readsOf } from "./reads.ts";
import { BOTTLENECK, DEPTHS, GROWING, RESIDUAL, sumOf, tail, WIDTHS } from "./residual_testing.ts";

function write(blueprint: Blueprint, decisions: readonly Decision[] = []): Program {
  const exits = planExits(blueprint, decisions);
  return writeProgram({
    plans: planNodes(blueprint, decisions),
    exits,
    widths: layerParts(blueprint, decisions),
    outputs: [blueprint.output],
  });
}

/** Each step as what it does, with the sum that it does too. */
function describe({ steps }: Program): string[] {
  return steps.map((step) =>
    step.kind === "unit" && step.isSum
      ? `${step.node.op === "add" ? "" : `${step.node.id}(`}${step.sources.join(") + ")} = ${
        nameOf(step)
      }`
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
  const program = write(RESIDUAL);
  assertEquals(describe(program), [
    "unit stem",
    "unit stage0/block0/conv_a",
    "stage0/block0/conv_b(stage0/block0/conv_a) + stem = stage0/block0/add",
    "unit stage0/block1/conv_a",
    "stage0/block1/conv_b(stage0/block1/conv_a) + stage0/block0/add = stage0/block1/add",
    "unit stage1/block0/conv_a",
    "pool stage1/block0/pool",
    "unit stage1/block0/shortcut",
    "stage1/block0/conv_b(stage1/block0/conv_a) + stage1/block0/shortcut = stage1/block0/add",
    "unit stage1/block1/conv_a",
    "stage1/block1/conv_b(stage1/block1/conv_a) + stage1/block0/add = stage1/block1/add",
    "pool pooled",
    "unit classifier",
  ]);
  assertEquals(program.outputs, [{ value: "classifier", isVector: true }]);
});

Deno.test("writeProgram() mixes a stage's depths behind its last block, and feeds what follows", () => {
  const program = write(RESIDUAL, DEPTHS);
  const names = describe(program);
  assertEquals(names.indexOf("exit stage0"), 5);
  assertEquals(names.slice(-3), ["exit stage1", "pool pooled", "unit classifier"]);
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
  const widths = layerParts(RESIDUAL, decisions);
  const mixtures = new Map(decisions.map(({ id }) => [id, { indices: [0] }] as const));
  const reads = readsOf(write(RESIDUAL, decisions), { widths, mixtures });
  const norms = (prefix: string) => [`${prefix}/gamma`, `${prefix}/beta`];
  assertEquals(reads.own.at(0), "stem/kernel");
  assertEquals(reads.own.slice(-2), ["classifier/kernel", "classifier/bias"]);
  assertEquals(reads.shared.slice(0, 2), norms("stem/norm/0"));
  assertEquals([...reads.own, ...reads.shared].filter((name) => name.includes("block1")), []);
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
  const bare = readsOf(write(BOTTLENECK), { widths: new Map(), mixtures: new Map() });
  assertEquals([...bare.own, ...bare.shared].filter((name) => /bare|stem/.test(name)), [
    "stem/kernel",
    "bare/kernel",
    ...norms("stem/norm"),
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
  assertEquals(describe(write(twice)).slice(0, -2), [
    "unit a",
    "b(a) + a = first",
    "c(first) + a = second",
  ]);
});

/** Steps of one node between the images and the end. */
const stepsOfNodes = (...nodes: readonly BlueprintNode[]): string[] =>
  describe(write(network(...nodes))).slice(0, -2);

Deno.test("writeProgram() makes one step of a kernel, a norm, a bias and a relu", () => {
  for (
    const change of [
      { activation: "relu6" },
      { bias: true },
      { dilation: [2, 1], padding: [2, 2, 1, 1] },
      { norm: undefined, activation: "relu", bias: true },
      { op: "depthwise-conv" },
      { activation: { name: "relu", max: 2 } },
    ]
  ) {
    assertEquals(stepsOfNodes(unit("a", "images", change)), ["unit a"]);
  }
});

Deno.test("writeProgram() leaves to TensorFlow.js what no engine has a pass for", () => {
  assertEquals(stepsOfNodes(unit("a", "images", { activation: "swish" })), [
    "unit a.linear",
    "tensors a",
  ]);
  assertEquals(stepsOfNodes(unit("a", "images", { op: "depthwise-conv", multiplier: 2 })), [
    "tensors a.kernel",
    "unit a",
  ]);
  const a = unit("a", "images");
  assertEquals(
    stepsOfNodes(a, { id: "b", op: "merge", by: "multiply", inputs: ["a", "images"] }),
    ["unit a", "tensors b"],
  );
});

Deno.test("writeProgram() fuses no sum that a unit before it cannot take", () => {
  const a = unit("a", "images", { activation: "relu" });
  const apart: [string, BlueprintNode[], string[]][] = [
    ["of a value with itself", [unit("a", "images"), sumOf("b", "a", "a")], [
      "unit a",
      "a) + a = b",
    ]],
    ["of activated values", [a, unit("b", "a", { activation: "relu" }), sumOf("c", "b", "a")], [
      "unit a",
      "unit b",
      "b) + a = c",
    ]],
  ];
  for (const [name, nodes, steps] of apart) assertEquals(stepsOfNodes(...nodes), steps, name);
});

Deno.test("writeProgram() fuses no sum that is wider than the plain norm before it", () => {
  assertEquals(describe(write(RESIDUAL, GROWING)), describe(write(RESIDUAL)));
  const stem = GROWING.filter(({ id }) => id === "stem" || id === "stage0/block0/conv_b");
  assert(describe(write(RESIDUAL, stem)).includes("unit stage0/block1/conv_b"));
});

Deno.test("writeProgram() fuses no sum with a convolution whose value is read elsewhere", () => {
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
  assertEquals(describe(write(blueprint)).slice(0, 2), ["unit a", "b(a) + a = sum"]);
  assertEquals(describe(write(blueprint, [decision])).slice(0, 4), [
    "unit a",
    "unit b",
    "b) + a = sum",
    "exit stage",
  ]);
  const tapped = writeProgram({
    ...{ plans: planNodes(blueprint, []), exits: [], widths: new Map() },
    outputs: ["classifier", "b"],
  });
  assertEquals(describe(tapped).slice(0, 3), ["unit a", "unit b", "b) + a = sum"]);
  assertEquals(tapped.outputs.map(({ isVector }) => isVector), [true, false]);
});
