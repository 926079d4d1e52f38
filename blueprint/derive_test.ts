import {
  type Blueprint,
  type BlueprintNode,
  type Choices,
  type CostModel,
  type Decision,
  EspalierError,
  unprunedValue,
} from "@espalier/core";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { costOf } from "./cost_of.ts";
import { derive } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";
import { layerOf } from "./layer_parts.ts";
import { weightsOf } from "./ops/weights.ts";
import { conv } from "./nodes.ts";
import {
  allDecisions,
  arbitraryBlueprint,
  arbitraryChoices,
  arbitraryDecisions,
} from "./testing.ts";
import { validateBlueprint } from "./validate_blueprint.ts";

const norm = { epsilon: 1e-3, momentum: 0.99 };
const residual: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
    conv({ id: "stem", input: "images", kernel: 3, channels: 6, activation: "relu" }),
    conv({ id: "s/b0/a", input: "stem", kernel: 3, channels: 6, norm }),
    {
      id: "s/b0/add",
      op: "add",
      inputs: ["s/b0/a", "stem"],
      projection: { norm: true },
      activation: "relu",
    },
    conv({ id: "s/b1/a", input: "s/b0/add", kernel: 3, channels: 6, norm }),
    {
      id: "s/b1/add",
      op: "add",
      inputs: ["s/b1/a", "s/b0/add"],
      projection: { norm: false },
      activation: "relu",
    },
    { id: "flat", op: "flatten", inputs: ["s/b1/add"] },
    { id: "classifier", op: "dense", inputs: ["flat"], channels: 10, bias: true },
  ],
  stages: [{
    id: "s",
    blocks: [
      { id: "s/b0", nodes: ["s/b0/a", "s/b0/add"], output: "s/b0/add" },
      { id: "s/b1", nodes: ["s/b1/a", "s/b1/add"], output: "s/b1/add" },
    ],
  }],
  output: "classifier",
};
const decisions = allDecisions(residual, "project");
const full: Choices = { stem: 6, "s/b0/a": 6, "s/b1/a": 6, s: 2 };

function nodeOf(blueprint: Blueprint, id: string): BlueprintNode {
  const node = blueprint.nodes.find((node) => node.id === id);
  assert(node !== undefined, `no node "${id}"`);
  return node;
}

function withoutOrigin({ origin: _, ...node }: BlueprintNode): BlueprintNode {
  return node as BlueprintNode;
}

const macs: CostModel = {
  name: "macs",
  unit: "multiply-adds",
  cost({ node, input, output }) {
    if (node.op === "dense") return input.channels * output.channels;
    if (node.op !== "conv" && node.op !== "depthwise-conv") return 0;
    const fan = node.kernel[0] * node.kernel[1] * (node.op === "conv" ? input.channels : 1);
    return fan * output.channels * output.height * output.width;
  },
};

Deno.test("derive() keeps a sum an identity where both sides kept the same channels", () => {
  const derived = derive(residual, {
    decisions,
    choices: { ...full, stem: 4, "s/b0/a": 4, "s/b1/a": 4 },
  });
  assertEquals(derived.nodes.length, residual.nodes.length);
  validateBlueprint(derived);
});

Deno.test("derive() projects the second side to the channels of the first", () => {
  const derived = derive(residual, { decisions, choices: { ...full, stem: 2, "s/b0/a": 3 } });
  validateBlueprint(derived);
  assertEquals(derived.stages[0]!.blocks[0]!.nodes, ["s/b0/a", "s/b0/shortcut", "s/b0/add"]);
  assertEquals(nodeOf(derived, "s/b0/shortcut"), {
    ...conv({ id: "s/b0/shortcut", input: "stem", kernel: 1, channels: 3, norm }),
    origin: { node: null, inputs: [0, 1], outputs: [0, 1, 2] },
  });
  assertEquals(nodeOf(derived, "s/b0/add").inputs, ["s/b0/a", "s/b0/shortcut"]);
  assertEquals("norm" in nodeOf(derived, "s/b1/shortcut"), false);
});

Deno.test("derive() projects where equally many but other channels were kept", () => {
  const derived = derive(residual, {
    decisions,
    choices: { ...full, stem: 2, "s/b0/a": 2 },
    kept: { stem: [1, 4], "s/b0/a": [1, 5] },
  });
  assertEquals(nodeOf(derived, "s/b0/shortcut").origin, {
    node: null,
    inputs: [1, 4],
    outputs: [1, 5],
  });
});

Deno.test("derive() feeds the consumers of a cut stage from its last block kept", () => {
  const derived = derive(residual, { decisions, choices: { ...full, s: 1, "s/b0/a": 3 } });
  validateBlueprint(derived);
  assertEquals(nodeOf(derived, "flat").inputs, ["s/b0/add"]);
  assertEquals(derived.nodes.map(({ id }) => id), [
    "images",
    "stem",
    "s/b0/a",
    "s/b0/shortcut",
    "s/b0/add",
    "flat",
    "classifier",
  ]);
});

Deno.test("derive() says where channels came from, through flattening", () => {
  const derived = derive(residual, {
    decisions,
    choices: { ...full, s: 1, stem: 1, "s/b0/a": 2 },
    kept: { stem: [5], "s/b0/a": [0, 4] },
  });
  assertEquals(nodeOf(derived, "s/b0/a").origin, { node: "s/b0/a", inputs: [5], outputs: [0, 4] });
  const { inputs } = nodeOf(derived, "classifier").origin!;
  // height, width, channel: position p keeps 6p and 6p + 4
  assertEquals(inputs.slice(0, 6), [0, 4, 6, 10, 12, 16]);
  assertEquals(inputs.length, 4 * 4 * 2);
});

Deno.test("derive() counts concatenated channels from their unpruned places", () => {
  const blueprint: Blueprint = {
    name: "concat",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      conv({ id: "a", input: "images", kernel: 3, channels: 5 }),
      conv({ id: "b", input: "images", kernel: 3, channels: 4 }),
      { id: "both", op: "concat", inputs: ["a", "images", "b"] },
      { id: "normed", op: "norm", inputs: ["both"], norm, activation: "relu" },
      { id: "pool", op: "global-pool", inputs: ["normed"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const derived = derive(blueprint, {
    decisions: allDecisions(blueprint, "project"),
    choices: { a: 2, b: 1 },
    kept: { a: [1, 3], b: [2] },
  });
  const channels = [1, 3, 5, 6, 7, 10];
  assertEquals(nodeOf(derived, "normed").origin, {
    node: "normed",
    inputs: channels,
    outputs: channels,
  });
  assertEquals(nodeOf(derived, "classifier").origin!.inputs, channels);
});

Deno.test("derive() numbers channels that the unpruned network lacks behind its own", () => {
  const blueprint: Blueprint = {
    name: "wider",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 2, 3] },
      conv({ id: "a", input: "images", kernel: 1, channels: 2, norm }),
      conv({ id: "b", input: "images", kernel: 1, channels: 2 }),
      { id: "both", op: "concat", inputs: ["a", "b"] },
      { id: "normed", op: "norm", inputs: ["both"], norm, activation: "relu" },
      { id: "flat", op: "flatten", inputs: ["normed"] },
      { id: "classifier", op: "dense", inputs: ["flat"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const grows = (id: string, candidates: number[]): Decision => ({
    ...{ id, space: "width", candidates, unpruned: 2 },
    effect: { kind: "channels", nodes: [id] },
  });
  const derived = derive(blueprint, {
    decisions: [grows("a", [1, 2, 4]), grows("b", [2, 3])],
    choices: { a: 3, b: 3 },
  });
  validateBlueprint(derived);
  assertEquals(nodeOf(derived, "a").origin, { node: "a", inputs: [0, 1, 2], outputs: [0, 1, 2] });
  // Of a concatenation 0 … 3 are the unpruned network's, 4 and 5 what a may have more, 6 what b may.
  const both = [0, 1, 4, 2, 3, 6];
  assertEquals(nodeOf(derived, "normed").origin, { node: "normed", inputs: both, outputs: both });
  // Two positions of 4, then two of 3.
  const flat = [0, 1, 8, 2, 3, 10, 4, 5, 11, 6, 7, 13];
  assertEquals(nodeOf(derived, "classifier").origin!.inputs, flat);
});

Deno.test("derive() numbers a layer of slices as the concatenation that it is added to", () => {
  const blueprint: Blueprint = {
    name: "slices",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 1, 1] },
      conv({ id: "a", input: "images", kernel: 1, channels: 3 }),
      conv({ id: "b", input: "images", kernel: 1, channels: 2 }),
      { id: "both", op: "concat", inputs: ["a", "b"] },
      conv({ id: "c", input: "images", kernel: 1, channels: 5 }),
      { id: "sum", op: "add", inputs: ["c", "both"] },
      { id: "flat", op: "flatten", inputs: ["sum"] },
      { id: "classifier", op: "dense", inputs: ["flat"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const slice = (from: number, count: number) => ({ layer: "c", from, count });
  const decisions: Decision[] = [
    {
      ...{ id: "a", space: "width", candidates: [1, 2, 3] },
      effect: { kind: "channels", nodes: ["a", slice(0, 3)] },
    },
    {
      ...{ id: "b", space: "width", candidates: [1, 2, 4], unpruned: 2 },
      effect: { kind: "channels", nodes: ["b", slice(3, 2)] },
    },
  ];
  const cut = (choices: Choices, kept?: Record<string, number[]>) => {
    const derived = derive(blueprint, { decisions, choices, ...(kept && { kept }) });
    validateBlueprint(derived);
    assertEquals(
      nodeOf(derived, "classifier").origin!.inputs,
      nodeOf(derived, "c").origin!.outputs,
    );
    return nodeOf(derived, "c").origin!.outputs;
  };
  assertEquals(cut({ a: 2, b: 1 }), [0, 1, 3]);
  // Channels 5 and 6 are what b may have more.
  assertEquals(cut({ a: 1, b: 4 }), [0, 3, 4, 5, 6]);
  const kept = { a: [0, 2], "c[0:3]": [0, 2], b: [1], "c[3:5]": [1] };
  assertEquals(cut({ a: 2, b: 1 }, kept), [0, 2, 4]);
  for (
    const [what, wrong] of [
      ['"c[3:5]" has 4 out of order', { ...kept, "c[3:5]": [4] }],
      ["belong to decided nodes", { ...kept, c: [0, 1, 2] }],
    ] as const
  ) {
    assertThrows(() => cut({ a: 2, b: 1 }, wrong as never), EspalierError, what);
  }
  const twice = { ...decisions[1]!, id: "twice" };
  assertThrows(
    () =>
      derive(blueprint, { decisions: [...decisions, twice], choices: { a: 1, b: 1, twice: 1 } }),
    EspalierError,
    "decided once",
  );
});

const wrong: readonly [what: string, choices: Choices, kept?: Record<string, number[]>][] = [
  ["choices name decisions", { ...full, tail: 3 }],
  ["every decision has a choice", { stem: 6, s: 2 }],
  ["integer from 1 to 6", { ...full, stem: 7 }],
  ["integer from 1 to 6", { ...full, stem: 0 }],
  ["integer from 1 to 6", { ...full, stem: 2.5 }],
  ["integer from 1 to 2", { ...full, s: 3 }],
  ["has 1 channels where 2 were chosen", { ...full, stem: 2 }, { stem: [0] }],
  ["has 6 out of order or outside", { ...full, stem: 2 }, { stem: [0, 6] }],
  ["has 1 out of order", { ...full, stem: 2 }, { stem: [3, 1] }],
  ["has 3 out of order", { ...full, stem: 2 }, { stem: [3, 3] }],
  ["has -1 out of order", { ...full, stem: 2 }, { stem: [-1, 3] }],
  ["belong to decided nodes", full, { classifier: [0] }],
];
for (const [what, choices, kept] of wrong) {
  const given = JSON.stringify(kept ?? choices);
  Deno.test(`derive() refuses, as "${what}": ${given}`, () => {
    const error = assertThrows(
      () => derive(residual, { decisions, choices, ...(kept && { kept }) }),
      EspalierError,
      "Cannot derive",
    );
    assertEquals(error.code, "ERR_ARCHITECTURE_INVALID");
    assertStringIncludes(error.message, what);
  });
}

Deno.test("derive() refuses decisions of another network", () => {
  const foreign: Decision = {
    id: "x",
    space: "width",
    candidates: [1, 2],
    effect: { kind: "channels", nodes: ["x"] },
  };
  const error = assertThrows(
    () => derive(residual, { decisions: [foreign], choices: { x: 1 } }),
    EspalierError,
    '"x" to 1 channels',
  );
  assertEquals(error.code, "ERR_ARCHITECTURE_INVALID");
});

const policies = ["project", "tie"] as const;
const cases = arbitraryBlueprint.chain((blueprint) =>
  fc.constantFrom(...policies).chain((policy) => {
    return arbitraryDecisions(blueprint, policy).chain((decisions) =>
      arbitraryChoices(decisions).map((choices) => ({ blueprint, decisions, choices, policy }))
    );
  })
);

Deno.test("derive() gives a valid blueprint whose origins fit its shapes", () => {
  fc.assert(fc.property(cases, ({ blueprint, decisions, choices }) => {
    validateBlueprint(blueprint);
    const derived = derive(blueprint, { decisions, choices });
    validateBlueprint(derived);
    const shapes = inferShapes(derived);
    for (const node of derived.nodes) {
      const { id, inputs, origin } = node;
      assertEquals(origin !== undefined, weightsOf(node).length > 0, id);
      if (origin === undefined) continue;
      assertEquals(origin.inputs.length, shapes.get(inputs[0]!)!.channels, id);
      assertEquals(origin.outputs.length, shapes.get(id)!.channels, id);
    }
  }));
});

Deno.test("derive() gives the same network for the unpruned values", () => {
  fc.assert(fc.property(cases, ({ blueprint, decisions }) => {
    const choices = Object.fromEntries(decisions.map((d) => [d.id, unprunedValue(d)]));
    const derived = derive(blueprint, { decisions, choices });
    assertEquals({ ...derived, nodes: derived.nodes.map(withoutOrigin) }, blueprint);
    assertEquals(costOf(derived, macs), costOf(blueprint, macs));
  }));
});

Deno.test("derive() does not care for the order of decisions", () => {
  fc.assert(fc.property(cases, ({ blueprint, decisions, choices }) => {
    assertEquals(
      derive(blueprint, { decisions: decisions.toReversed(), choices }),
      derive(blueprint, { decisions, choices }),
    );
  }));
});

Deno.test("derive() after a cut narrows as it does with it", () => {
  fc.assert(fc.property(cases, ({ blueprint, decisions, choices }) => {
    const depths = decisions.filter(({ space }) => space === "depth");
    const pick = (some: readonly Decision[]) =>
      Object.fromEntries(some.map(({ id }) => [id, choices[id]!]));
    const cut = derive(blueprint, { decisions: depths, choices: pick(depths) });
    const left = new Set(cut.nodes.map(({ id }) => id));
    const widths = decisions.flatMap((decision): Decision[] => {
      if (decision.effect.kind === "exit") return [];
      const nodes = decision.effect.nodes.filter((some) => left.has(layerOf(some)));
      return nodes.length === 0 ? [] : [{ ...decision, effect: { kind: "channels", nodes } }];
    });
    assertEquals(
      derive(cut, { decisions: widths, choices: pick(widths) }).nodes.map(withoutOrigin),
      derive(blueprint, { decisions, choices }).nodes.map(withoutOrigin),
    );
  }));
});

Deno.test("derive() never projects under tied widths", () => {
  fc.assert(fc.property(cases, ({ blueprint, decisions, choices, policy }) => {
    fc.pre(policy === "tie");
    const derived = derive(blueprint, { decisions, choices });
    assertEquals(derived.nodes.filter(({ origin }) => origin?.node === null), []);
  }));
});
