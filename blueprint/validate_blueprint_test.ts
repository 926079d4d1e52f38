import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { classesOf } from "./classes_of.ts";
import { inferShapes } from "./infer_shapes.ts";
import { inputOf } from "./input_of.ts";
import { conv } from "./nodes.ts";
import { validateBlueprint } from "./validate_blueprint.ts";

const nodes: readonly BlueprintNode[] = [
  { id: "images", op: "input", inputs: [], shape: [9, 8, 3] },
  conv({ id: "stem", input: "images", kernel: 3, stride: 2, channels: 4, activation: "relu" }),
  conv({ id: "s/b0/conv", input: "stem", kernel: 3, channels: 4 }),
  { id: "s/b0/add", op: "add", inputs: ["s/b0/conv", "stem"], projection: { norm: true } },
  conv({ id: "s/b1/conv", input: "s/b0/add", kernel: 3, channels: 4 }),
  { id: "s/b1/add", op: "add", inputs: ["s/b1/conv", "s/b0/add"], projection: { norm: true } },
  { id: "pool", op: "global-pool", inputs: ["s/b1/add"] },
  { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
];
const tiny: Blueprint = {
  name: "tiny",
  nodes,
  stages: [{
    id: "s",
    blocks: [
      { id: "s/b0", nodes: ["s/b0/conv", "s/b0/add"], output: "s/b0/add" },
      { id: "s/b1", nodes: ["s/b1/conv", "s/b1/add"], output: "s/b1/add" },
    ],
  }],
  output: "classifier",
};

/** `tiny` with fields of one node replaced. */
function patched(id: string, fields: Record<string, unknown>): Blueprint {
  return {
    ...tiny,
    nodes: nodes.map((node) => node.id === id ? { ...node, ...fields } as BlueprintNode : node),
  };
}

function replaced(node: BlueprintNode): Blueprint {
  return { ...tiny, nodes: nodes.map((old) => old.id === node.id ? node : old) };
}

function inserted(after: string, node: BlueprintNode): Blueprint {
  const index = nodes.findIndex(({ id }) => id === after) + 1;
  return { ...tiny, nodes: nodes.toSpliced(index, 0, node) };
}

function blocks(...output: string[]): Blueprint {
  const list = output.map((id, i) => ({ id: `s/b${i}`, nodes: [id], output: id }));
  return { ...tiny, stages: [{ id: "s", blocks: list }] };
}

Deno.test("validateBlueprint() accepts a network with a stage", () => {
  validateBlueprint(tiny);
  validateBlueprint(JSON.parse(JSON.stringify(tiny)));
});

Deno.test("inferShapes() follows strides, padding, dilation and flattening", () => {
  const shapes = inferShapes({
    name: "shapes",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [9, 8, 3] },
      // rows: (9 + 2 − 3) / 2 + 1 = 5; columns: ⌊(8 + 2 − 3) / 2⌋ + 1 = 4
      conv({ id: "a", input: "images", kernel: 3, stride: 2, channels: 4 }),
      // taps 2 apart span 5: rows 5 + 1 + 2 − 5 + 1 = 4, columns 4 + 3 + 0 − 5 + 1 = 3
      {
        ...conv({ id: "b", input: "a", kernel: 3, channels: 6 }),
        padding: [1, 2, 3, 0],
        dilation: [2, 2],
      },
      {
        id: "c",
        op: "pool",
        inputs: ["b"],
        pool: "max",
        size: [2, 2],
        strides: [2, 1],
        padding: [0, 0, 0, 0],
      },
      { id: "d", op: "concat", inputs: ["c", "c"] },
      { id: "e", op: "flatten", inputs: ["d"] },
    ],
    stages: [],
    output: "e",
  });
  assertEquals(Object.fromEntries(shapes), {
    images: { height: 9, width: 8, channels: 3 },
    a: { height: 5, width: 4, channels: 4 },
    b: { height: 4, width: 3, channels: 6 },
    c: { height: 2, width: 2, channels: 6 },
    d: { height: 2, width: 2, channels: 12 },
    e: { height: 1, width: 1, channels: 48 },
  });
});

Deno.test("classesOf() counts the logits", () => {
  assertEquals(classesOf(tiny), 10);
});

Deno.test("inputOf() finds the images", () => {
  assertEquals(inputOf(tiny), { id: "images", op: "input", inputs: [], shape: [9, 8, 3] });
});

const pool = { op: "pool", pool: "max", size: [2, 2], strides: [1, 1] } as const;
const faults: readonly [rule: string, blueprint: Blueprint, where: string][] = [
  ["have valid values", patched("stem", { channels: 0 }), '"stem", channels'],
  ["have valid values", patched("stem", { channels: 2.5 }), '"stem", channels'],
  ["have valid values", patched("stem", { padding: [0, 0, -1, 0] }), '"stem", padding.2'],
  ["have valid values", patched("stem", { strides: [1] }), '"stem", strides'],
  ["have valid values", patched("stem", { activation: "sinus" }), '"stem", activation'],
  ["have valid values", patched("stem", { op: "conv3d" }), '"stem", op'],
  ["have valid values", patched("stem", { dilatoin: [2, 2] }), "dilatoin"],
  ["have valid values", patched("stem", { norm: { epsilon: 0, momentum: 0.9 } }), "epsilon"],
  ["have valid values", patched("stem", { id: "a b" }), '"a b", id'],
  ["have valid values", null as unknown as Blueprint, "object"],
  ["fixed number of inputs", patched("s/b0/add", { inputs: ["stem"] }), '"s/b0/add"'],
  ["fixed number of inputs", patched("stem", { inputs: ["images", "images"] }), '"stem"'],
  ["ids of nodes are unique", patched("stem", { id: "images" }), '"images"'],
  ["no id extends another", patched("pool", { id: "stem/pool" }), '"stem/pool"'],
  ["every node follows its inputs", patched("stem", { inputs: ["pool"] }), '"stem" reads "pool"'],
  ["every node follows its inputs", patched("stem", { inputs: ["stem"] }), '"stem" reads "stem"'],
  ["the first node is the input", { ...tiny, nodes: nodes.slice(1) }, '"stem" is conv'],
  ["leads to an output", inserted("stem", { ...nodes[1]!, id: "idle" }), '"idle"'],
  ["its outputs are nodes", { ...tiny, output: "logits" }, '"logits"'],
  [
    "its outputs are nodes",
    { ...tiny, outputs: [{ node: tiny.output }, { node: "none" }] },
    '"none"',
  ],
  ["its first output is `output`", { ...tiny, outputs: [{ node: "pool" }] }, '"pool"'],
  ["a sequence has one row", patched("images", { rank: 2 }), "9×8"],
  ["stride and dilate", patched("stem", { dilation: [2, 2] }), '"stem"'],
  [
    "lies in the padding",
    patched("pool", { ...pool, padding: [2, 0, 0, 0] }),
    'node "pool" pads 2,0,0,0',
  ],
  ["fits its padded input", patched("stem", { kernel: [12, 3] }), "9×8"],
  ["inputs of a sum agree", patched("s/b0/conv", { channels: 6 }), "5×4×6 and 5×4×4"],
  [
    "agree in height and width",
    replaced({ id: "s/b0/add", op: "concat", inputs: ["s/b0/conv", "stem", "images"] }),
    "5×4×4 and 5×4×4 and 9×8×3",
  ],
  [
    "works on images",
    replaced({ id: "classifier", op: "global-pool", inputs: ["pool"] }),
    '"classifier" (global-pool): it reads a vector of 4',
  ],
  ["a node belongs to one block", blocks("s/b0/add", "s/b0/add"), '"s/b0/add"'],
  ["made of nodes", blocks("s/b0/nothing"), '"s/b0/nothing"'],
  [
    "names of their own",
    { ...tiny, stages: [{ ...tiny.stages[0]!, id: "stem" }] },
    '"stem" occurs twice',
  ],
  [
    "output is one of its nodes",
    {
      ...tiny,
      stages: [{ id: "s", blocks: [{ id: "s/b0", nodes: ["s/b0/add"], output: "stem" }] }],
    },
    'gives "stem"',
  ],
  ["can be cut", blocks("s/b0/add", "s/b1/conv"), '"s/b1/add" reads "s/b0/add"'],
  [
    "can be cut",
    {
      ...tiny,
      stages: [{
        id: "s",
        blocks: [{ id: "s/b0", nodes: ["s/b0/add", "s/b1/conv"], output: "s/b1/conv" }],
      }],
    },
    '"s/b1/add" reads "s/b0/add"',
  ],
  ["end in the height and width of its last", blocks("images", "stem"), '"s/b0"'],
];

for (const [rule, blueprint, where] of faults) {
  Deno.test(`validateBlueprint() refuses, as ${rule}: ${where}`, () => {
    const error = assertThrows(() => validateBlueprint(blueprint), EspalierError, rule);
    assertEquals(error.code, "ERR_BLUEPRINT_INVALID");
    assertStringIncludes(error.message, where);
  });
}
