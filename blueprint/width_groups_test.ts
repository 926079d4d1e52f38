import type { Activation, Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { layerOf } from "./layer_parts.ts";
import { conv, DEFAULT_NORM } from "./nodes.ts";
import { fixedWidths, widthGroups } from "./width_groups.ts";

const images: BlueprintNode = { id: "images", op: "input", inputs: [], shape: [8, 8, 4] };

function plain(id: NodeId, input: NodeId): BlueprintNode {
  return conv({ id, input, kernel: 3, channels: 4, norm: DEFAULT_NORM });
}

function add(id: NodeId, main: NodeId, side: NodeId): BlueprintNode {
  return { id, op: "add", inputs: [main, side], projection: { norm: true }, activation: "relu" };
}

/** A network of the given trunk, ending in a pool and a classifier. */
function network(trunk: readonly BlueprintNode[], stages: Blueprint["stages"] = []): Blueprint {
  const nodes: readonly BlueprintNode[] = [
    images,
    ...trunk,
    { id: "pool", op: "global-pool", inputs: [trunk.at(-1)!.id] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
  ];
  return { name: "network", nodes, stages, output: "classifier" };
}

const block = [
  plain("stem", "images"),
  plain("side", "stem"),
  plain("a", "stem"),
  plain("b", "a"),
  add("add", "b", "side"),
  plain("c", "add"),
  add("add2", "c", "add"),
];

Deno.test("widthGroups() lets the convolution of a shortcut follow the last of its block", () => {
  assertEquals(widthGroups(network(block), { residual: "project" }), [
    ["stem"],
    ["a"],
    ["b", "side"],
    ["c"],
  ]);
});

Deno.test("widthGroups() ties all convolutions behind residual sums", () => {
  assertEquals(widthGroups(network(block), { residual: "tie" }), [
    ["stem"],
    ["side", "b", "c"],
    ["a"],
  ]);
});

Deno.test("widthGroups() joins only convolutions that meet directly under project", () => {
  const normed: BlueprintNode = {
    id: "n",
    op: "norm",
    inputs: ["side"],
    norm: DEFAULT_NORM,
    activation: "relu",
  };
  const trunk = [
    plain("stem", "images"),
    plain("side", "stem"),
    normed,
    plain("main", "stem"),
    add("add", "main", "n"),
  ];
  assertEquals(widthGroups(network(trunk), { residual: "project" }), [
    ["stem"],
    ["side"],
    ["main"],
  ]);
  assertEquals(widthGroups(network(trunk), { residual: "tie" }), [["stem"], ["side", "main"]]);
});

Deno.test("widthGroups() leaves out what is tied to images and logits, and slices what meets a concatenation", () => {
  const trunk: BlueprintNode[] = [
    plain("a", "images"),
    add("with_images", "a", "images"),
    plain("b", "with_images"),
    plain("c", "b"),
    { id: "bc", op: "concat", inputs: ["b", "c"] },
    conv({ id: "d", input: "bc", kernel: 3, channels: 8 }),
    add("with_concat", "d", "bc"),
    conv({ id: "last", input: "with_concat", kernel: 1, channels: 10 }),
    { id: "logits", op: "global-pool", inputs: ["last"] },
  ];
  const blueprint: Blueprint = {
    name: "frozen",
    nodes: [images, ...trunk],
    stages: [],
    output: "logits",
  };
  assertEquals(widthGroups(blueprint, { residual: "tie" }), [
    ["b", { layer: "d", from: 0, count: 4 }],
    ["c", { layer: "d", from: 4, count: 4 }],
  ]);
  assertEquals(widthGroups(blueprint, { residual: "project" }), [["a"], ["b"], ["c"], ["d"]]);
});

Deno.test("widthGroups() ties the sides of a sum of vectors under both policies", () => {
  const trunk: BlueprintNode[] = [plain("a", "images"), plain("b", "images")];
  const blueprint: Blueprint = {
    name: "vectors",
    nodes: [
      images,
      ...trunk,
      { id: "pool_a", op: "global-pool", inputs: ["a"] },
      { id: "pool_b", op: "global-pool", inputs: ["b"] },
      add("sum", "pool_b", "pool_a"),
      { id: "classifier", op: "dense", inputs: ["sum"], channels: 10, bias: true },
    ],
    stages: [],
    output: "classifier",
  };
  assertEquals(widthGroups(blueprint, { residual: "project" }), [["b", "a"]]);
  assertEquals(widthGroups(blueprint, { residual: "tie" }), [["a", "b"]]);
});

const exits = [
  plain("s/b0/a", "images"),
  plain("s/b1/a", "s/b0/a"),
  plain("after", "s/b1/a"),
];
const stage = {
  id: "s",
  blocks: ["b0", "b1"].map((b) => ({ id: `s/${b}`, nodes: [`s/${b}/a`], output: `s/${b}/a` })),
};

Deno.test("widthGroups() ties the exits of a stage whose end is in a sum of vectors", () => {
  const means = ["after", "s/b1/a"].map((id): BlueprintNode => ({
    id: `${id}/mean`,
    op: "global-pool",
    inputs: [id],
  }));
  const vectors: Blueprint = {
    name: "vectors",
    nodes: [
      images,
      ...exits,
      ...means,
      add("sum", "after/mean", "s/b1/a/mean"),
      { id: "classifier", op: "dense", inputs: ["sum"], channels: 10, bias: true },
    ],
    stages: [stage],
    output: "classifier",
  };
  assertEquals(widthGroups(vectors, { residual: "project" }), [["after", "s/b0/a", "s/b1/a"]]);
  const summed = network([...exits, add("sum", "after", "s/b1/a")], [stage]);
  assertEquals(widthGroups(summed, { residual: "project" }), [["s/b0/a"], ["after", "s/b1/a"]]);
});

Deno.test("widthGroups() ties the exits of a stage whose end is summed", () => {
  const trunk = [...exits, add("sum", "after", "s/b1/a")];
  assertEquals(widthGroups(network(trunk, [stage]), { residual: "tie" }), [
    ["s/b0/a", "s/b1/a", "after"],
  ]);
});

Deno.test("widthGroups() leaves out the one channel that a merge spreads over all", () => {
  const gate = { ...conv({ id: "gate", input: "a", kernel: 1, channels: 1 }) };
  const gated: BlueprintNode = {
    ...{ id: "gated", op: "merge", by: "multiply", inputs: ["gate", "b"] },
  };
  const blueprint = network([plain("a", "images"), plain("b", "a"), gate, gated]);
  assertEquals(widthGroups(blueprint, { residual: "project" }), [["a"], ["b"]]);
});

Deno.test("widthGroups() leaves out both sides of a sum whose channels all have to stay", () => {
  const softmax: BlueprintNode = {
    ...{ id: "softmax", op: "activation", inputs: ["add"], activation: "softmax" },
  };
  const relu: BlueprintNode = {
    ...{ id: "relu", op: "activation", inputs: ["side"], activation: "relu" },
  };
  const trunk = [
    plain("stem", "images"),
    plain("side", "stem"),
    relu,
    plain("main", "stem"),
    add("add", "main", "relu"),
  ];
  assertEquals(widthGroups(network(trunk), { residual: "project" }), [["stem"], ["side"], [
    "main",
  ]]);
  assertEquals(widthGroups(network([...trunk, softmax]), { residual: "project" }), [["stem"]]);
});

Deno.test("fixedWidths() tells which layers stay, and why", () => {
  const conv1 = (id: string, input: string, activation?: Activation) =>
    conv({ id, input, channels: 3, kernel: 1, ...(activation && { activation }) });
  const blueprint: Blueprint = {
    name: "whole",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      conv1("meets", "images"),
      { id: "sum", op: "add", inputs: ["meets", "images"], projection: { norm: false } },
      conv1("shares", "sum", "softmax"),
      conv1("free", "shares"),
      conv1("tied", "free"),
      { id: "gate", op: "merge", by: "multiply", inputs: ["tied", "shares"] },
      conv1("mixed", "gate"),
      { id: "mixes", op: "reshape", inputs: ["mixed"], shape: [48] },
      { id: "logits", op: "dense", inputs: ["mixes"], channels: 2, bias: false },
    ],
    stages: [],
    output: "logits",
    outputs: [{ node: "logits", activation: "softmax" }],
  };
  assertEquals(fixedWidths(blueprint, { residual: "tie" }), [
    { node: "meets", why: 'it meets the channels of "images" (input)' },
    { node: "shares", why: "a softmax reads it" },
    { node: "tied", why: 'it keeps what "shares" does: a softmax reads it' },
    { node: "mixed", why: 'the reshape "mixes" mixes its channels' },
    { node: "logits", why: "a softmax reads it" },
  ]);
  assertEquals(widthGroups(blueprint, { residual: "tie" }), [["free"]]);
});

const slice = (layer: NodeId, from: number, count: number) => ({ layer, from, count });
const wide = (id: NodeId, channels: number): BlueprintNode =>
  conv({ id, input: "images", kernel: 1, channels });
const concat = (id: NodeId, ...inputs: NodeId[]): BlueprintNode => ({ id, op: "concat", inputs });
const sum = (main: NodeId, side: NodeId, id = "sum"): BlueprintNode => ({
  ...{ id, op: "add", inputs: [main, side] },
});

Deno.test("widthGroups() cuts layers where the other side of a sum is cut", () => {
  const trunk = [
    ...[wide("a", 4), wide("b", 4), concat("ab", "a", "b")],
    ...[wide("c", 2), wide("d", 6), concat("cd", "c", "d")],
    sum("cd", "ab"),
  ];
  for (const residual of ["project", "tie"] as const) {
    const groups = widthGroups(network(trunk), { residual });
    const ordered = groups.map((group) => residual === "tie" ? group : group.toReversed());
    assertEquals(ordered, [
      [slice("a", 0, 2), "c"],
      [slice("a", 2, 2), slice("d", 0, 2)],
      ["b", slice("d", 2, 4)],
    ]);
  }
});

Deno.test("widthGroups() follows slices through gates, filters, sums and second calls", () => {
  const { channels: _, ...window } = conv({ id: "w", input: "gated", kernel: 3, channels: 5 });
  const trunk: BlueprintNode[] = [
    ...[wide("a", 3), wide("b", 2), concat("ab", "a", "b")],
    conv({ id: "gate", input: "images", kernel: 8, padding: 0, channels: 5 }),
    { id: "gated", op: "merge", by: "multiply", inputs: ["ab", "gate"] },
    { ...window, op: "depthwise-conv", multiplier: 2 },
    wide("c", 5),
    { ...window, id: "v", inputs: ["c"], op: "depthwise-conv", multiplier: 2 },
    sum("w", "v"),
    conv({ id: "s", input: "sum", kernel: 1, channels: 4 }),
    wide("x", 10),
    { ...conv({ id: "t", input: "x", kernel: 1, channels: 4 }), sharesWeightsOf: "s" },
    ...[wide("y", 1), wide("z", 3), concat("yz", "y", "z"), sum("t", "yz", "end")],
  ];
  assertEquals(widthGroups(network(trunk), { residual: "tie" }), [
    [slice("s", 0, 1), slice("t", 0, 1), "y"],
    [slice("s", 1, 3), slice("t", 1, 3), "z"],
  ]);
  const stay = fixedWidths(network(trunk), { residual: "tie" })
    .filter(({ why }) => why.endsWith("it meets channels that are repeated in another way"));
  assertEquals(
    new Set(stay.map(({ node }) => layerOf(node))),
    new Set(["a", "b", "gate", "c", "x"]),
  );
  // What the shared layer reads is spread on one side only; without its second call all are free.
  const once = trunk.filter(({ id }) => !["x", "t", "y", "z", "yz", "end"].includes(id));
  assertEquals(widthGroups(network(once), { residual: "tie" }), [
    ["a", slice("gate", 0, 3), slice("c", 0, 3)],
    ["b", slice("gate", 3, 2), slice("c", 3, 2)],
    ["s"],
  ]);
});

Deno.test("widthGroups() ties each position of a flattened layer to a slice of a dense one", () => {
  const trunk: BlueprintNode[] = [
    conv({ id: "a", input: "images", kernel: 7, padding: 0, channels: 3 }),
    { id: "flat", op: "flatten", inputs: ["a"] },
    { id: "mean", op: "global-pool", inputs: ["images"] },
    { id: "d", op: "dense", inputs: ["mean"], channels: 12, bias: true },
    sum("flat", "d"),
    { id: "logits", op: "dense", inputs: ["sum"], channels: 2, bias: true },
  ];
  const flat: Blueprint = { name: "flat", nodes: [images, ...trunk], stages: [], output: "logits" };
  assertEquals(widthGroups(flat, { residual: "tie" }), [
    ["a", ...[0, 3, 6, 9].map((from) => slice("d", from, 3))],
  ]);
});

Deno.test("fixedWidths() names the slices that stay", () => {
  const trunk = [wide("a", 3), concat("ia", "images", "a"), wide("c", 7), sum("ia", "c")];
  assertEquals(widthGroups(network(trunk), { residual: "tie" }), [["a", slice("c", 4, 3)]]);
  assertEquals(fixedWidths(network(trunk), { residual: "tie" }), [
    { node: slice("c", 0, 4), why: 'it meets the channels of "images" (input)' },
    { node: "classifier", why: "it is an output" },
  ]);
});

Deno.test("widthGroups() ties the sides of a sum that has no projection under both policies", () => {
  const sum: BlueprintNode = { id: "sum", op: "add", inputs: ["b", "a"] };
  const blueprint = network([plain("a", "images"), plain("b", "a"), sum]);
  assertEquals(widthGroups(blueprint, { residual: "project" }), [["b", "a"]]);
  assertEquals(widthGroups(blueprint, { residual: "tie" }), [["a", "b"]]);
});
