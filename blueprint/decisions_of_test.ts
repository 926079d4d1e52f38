import {
  type Blueprint,
  type Decision,
  type Effect,
  EspalierError,
  type EspalierErrorCode,
  type SearchSpace,
} from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import { decisionsOf } from "./decisions_of.ts";
import { conv } from "./nodes.ts";

const blueprint: Blueprint = {
  name: "tiny",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
    conv({ id: "stem", input: "images", kernel: 3, channels: 8 }),
    conv({ id: "a", input: "stem", kernel: 3, channels: 4 }),
    conv({ id: "b", input: "a", kernel: 3, channels: 4 }),
    conv({ id: "c", input: "b", kernel: 3, channels: 2 }),
    conv({ id: "last", input: "c", kernel: 3, channels: 10 }),
    { id: "logits", op: "global-pool", inputs: ["last"] },
  ],
  stages: [
    {
      id: "s",
      blocks: [{ id: "s/a", nodes: ["a"], output: "a" }, { id: "s/b", nodes: ["b"], output: "b" }],
    },
  ],
  output: "logits",
};

function decision(id: string, candidates: number[], effect: Effect): Decision {
  return { id, space: "width", candidates, effect };
}

function width(node: string, ...candidates: number[]): Decision {
  return decision(node, candidates, { kind: "channels", nodes: [node] });
}

function space(name: string, ...decisions: Decision[]): SearchSpace {
  return { name, decisions: () => decisions.map((decision) => ({ ...decision, space: name })) };
}

const exit = decision("s", [1, 2], { kind: "exit", stage: "s" });

Deno.test("decisionsOf() collects the decisions of all spaces", () => {
  const decisions = decisionsOf(blueprint, [
    space("width", width("stem", 2, 4, 8), width("a", 1, 4)),
    space("depth", exit),
  ]);
  assertEquals(decisions.map(({ id, space }) => [id, space]), [
    ["stem", "width"],
    ["a", "width"],
    ["s", "depth"],
  ]);
});

Deno.test("decisionsOf() takes widths that grow beyond the unpruned one", () => {
  const wider = { ...width("a", 2, 4, 6), unpruned: 4 };
  assertEquals(decisionsOf(blueprint, [space("width", wider)]), [wider]);
});

Deno.test("decisionsOf() leaves out what has one candidate", () => {
  assertEquals(decisionsOf(blueprint, [space("width", width("stem", 8))]), []);
});

/** A decision about two channels of a layer of four. */
const half = (layer: string, from: number): Decision =>
  decision(`${layer}[${from}:${from + 2}]`, [1, 2], {
    ...{ kind: "channels", nodes: [{ layer, from, count: 2 }] },
  });

Deno.test("decisionsOf() takes slices of layers, which may be decided apart", () => {
  const halves = [half("a", 0), half("a", 2)];
  assertEquals(decisionsOf(blueprint, [space("width", ...halves)]), halves);
});

const both = decision("both", [2, 4], { kind: "channels", nodes: ["b", "a"] });
const refused: readonly [string, EspalierErrorCode, readonly SearchSpace[]][] = [
  ['"a" is claimed by "one" and by "two"', "ERR_SPACE_CONFLICT", [
    space("one", width("a", 2, 4)),
    space("two", both),
  ]],
  ['"a" is claimed by "one" and by "one"', "ERR_SPACE_CONFLICT", [
    space("one", width("a", 2, 4), both),
  ]],
  ['channel 2 of layer "a" is claimed by "one" and by "two"', "ERR_SPACE_CONFLICT", [
    space("one", half("a", 1)),
    space("two", half("a", 2)),
  ]],
  ['channel 1 of layer "a" is claimed', "ERR_SPACE_CONFLICT", [
    space("one", half("a", 1), both),
  ]],
  ['"a[3:5]" is no layer', "ERR_SPACE_INVALID", [space("one", half("a", 3))]],
  ['"last[0:2]" is no layer', "ERR_SPACE_INVALID", [space("one", half("last", 0))]],
  ['"a[0:2]" has 2, not 4', "ERR_SPACE_INVALID", [
    space("one", { ...half("a", 0), candidates: [2, 4] }),
  ]],
  ["neither", "ERR_SPACE_INVALID", [
    space("one", {
      ...half("a", 0),
      effect: { kind: "channels", nodes: [{ layer: "a", from: 0.5, count: 2 }] },
    }),
  ]],
  ['stage "s" is claimed', "ERR_SPACE_CONFLICT", [
    space("one", exit),
    space("two", { ...exit, id: "again" }),
  ]],
  ['decision "a" is claimed', "ERR_SPACE_CONFLICT", [
    space("one", width("a", 2, 4)),
    space("two", { ...exit, id: "a" }),
  ]],
  ["not ascending", "ERR_SPACE_INVALID", [space("one", width("a", 4, 2, 4))]],
  ["not ascending", "ERR_SPACE_INVALID", [space("one", width("a", 0, 4))]],
  ["not ascending", "ERR_SPACE_INVALID", [space("one", width("a", 1.5, 4))]],
  ["not ascending", "ERR_SPACE_INVALID", [space("one", width("a"))]],
  ['"a" has 4, not 3', "ERR_SPACE_INVALID", [space("one", width("a", 2, 3))]],
  ["unpruned value, 4, is no candidate", "ERR_SPACE_INVALID", [
    space("one", { ...width("a", 2, 6), unpruned: 4 }),
  ]],
  ['"a" has 4, not 2', "ERR_SPACE_INVALID", [space("one", { ...width("a", 2, 6), unpruned: 2 })]],
  ['"s" has 2 blocks and cannot grow to 3', "ERR_SPACE_INVALID", [
    space("one", { ...exit, candidates: [1, 2, 3], unpruned: 2 }),
  ]],
  ['"logits" is no layer', "ERR_SPACE_INVALID", [space("one", width("logits", 1, 10))]],
  ['"last" is no layer', "ERR_SPACE_INVALID", [space("one", width("last", 1, 10))]],
  ['"none" is no layer', "ERR_SPACE_INVALID", [space("one", width("none", 1, 10))]],
  ["changes nothing", "ERR_SPACE_INVALID", [
    space("one", decision("a", [1, 4], { kind: "channels", nodes: [] })),
  ]],
  ['"t" is no stage', "ERR_SPACE_INVALID", [
    space("one", decision("t", [1, 2], { kind: "exit", stage: "t" })),
  ]],
  ['"s" has 2, not 3', "ERR_SPACE_INVALID", [space("one", { ...exit, candidates: [1, 3] })]],
];
for (const [what, code, spaces] of refused) {
  Deno.test(`decisionsOf() refuses a search space: ${what}`, () => {
    const error = assertThrows(() => decisionsOf(blueprint, spaces), EspalierError, what);
    assertEquals(error.code, code);
  });
}

Deno.test("decisionsOf() refuses to cut a stage that ends narrower than one of its blocks", () => {
  const narrowing: Blueprint = {
    ...blueprint,
    stages: [{
      id: "s",
      blocks: [{ id: "s/b", nodes: ["b"], output: "b" }, { id: "s/c", nodes: ["c"], output: "c" }],
    }],
  };
  const error = assertThrows(
    () => decisionsOf(narrowing, [space("depth", exit)]),
    EspalierError,
    "ends narrower",
  );
  assertEquals(error.code, "ERR_SPACE_INVALID");
});
