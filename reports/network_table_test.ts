import { conv } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { networkTable } from "./network_table.ts";

const unit = (id: string, input: string, channels: number): BlueprintNode =>
  conv({ id, input, channels, kernel: 1 });

const network: Blueprint = {
  name: "mine",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
    { ...unit("stem", "images", 8), source: { layer: "conv1", path: "base/conv1" } },
    unit("block", "stem", 8),
    { id: "sum", op: "add", inputs: ["block", "stem"] },
    unit("alone", "sum", 2),
    unit("read", "alone", 5),
    {
      ...{ id: "rnn", op: "opaque", inputs: ["read"], className: "ConvLSTM2D", config: {} },
      ...{ reads: [[4, 4, 5]], shape: [4, 4, 5], weights: [], trained: [] },
    },
    { id: "pool", op: "global-pool", inputs: ["rnn"] },
    { id: "classes", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classes",
  outputs: [{ node: "classes", activation: "softmax" }],
};

Deno.test("networkTable() shows layers, costs, tied widths, and what stays whole and why", () => {
  // 16 positions: 3·8 = 24, 8·8 = 64, 8·2 = 16 and 2·5 = 10 weights; then 5·2 and 2 biases.
  assertEquals(networkTable(network).split("\n"), [
    "mine: 126 parameters, 1834 multiply-adds",
    "",
    "layer             class  output  parameters  multiply-adds   width",
    "──────────────────────────────────────────────────────────────────",
    "images            input   4×4×3           –              –",
    "base/conv1     conv 1×1   4×4×8          24   384 (20.9 %)  tied 1",
    "block          conv 1×1   4×4×8          64  1024 (55.8 %)  tied 1",
    "sum                 add   4×4×8           –              –",
    "alone          conv 1×1   4×4×2          16   256 (14.0 %)    free",
    "read           conv 1×1   4×4×5          10    160 (8.7 %)   whole",
    "rnn          ConvLSTM2D   4×4×5           –              –",
    "pool        global-pool       5           –              –",
    "classes           dense       2          12     10 (0.5 %)   whole",
    "",
    "Tied: decided as one, as their channels meet.",
    "- tied 1: base/conv1, block.",
    "",
    "Stays whole:",
    '- read (conv 1×1, 8.7 % of the multiply-adds): "rnn" (ConvLSTM2D) reads it.',
    "- classes (dense, 0.5 % of the multiply-adds): a softmax reads it.",
    "",
  ]);
});

Deno.test("networkTable() counts as free what is decided, and shows the notes of an import", () => {
  const decisions = [
    {
      ...{ id: "alone", space: "mine", candidates: [1, 2] },
      effect: { kind: "channels", nodes: ["alone"] },
    } as const,
  ];
  const trained = { blueprint: network, weights: {}, notes: ["a layer was left out\x1b[2J"] };
  const text = networkTable(trained, { decisions });
  assertStringIncludes(text, "256 (14.0 %)   free");
  assertStringIncludes(
    text,
    "- base/conv1 (conv 1×1, 20.9 % of the multiply-adds): nothing is decided about it.",
  );
  assertStringIncludes(text, "Notes:\n- a layer was left out [2J\n");
});

Deno.test("networkTable() shows slices of a layer that are decided apart, or stay", () => {
  const sliced: Blueprint = {
    name: "sliced",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 1, 3] },
      unit("a", "images", 4),
      { id: "both", op: "concat", inputs: ["images", "a"] },
      unit("c", "images", 7),
      { id: "sum", op: "add", inputs: ["both", "c"] },
      unit("classes", "sum", 2),
    ],
    stages: [],
    output: "classes",
  };
  const text = networkTable(sliced);
  // 3·4, 3·7 and 7·2 weights.
  assertStringIncludes(text, "21    21 (44.7 %)  whole, tied 1");
  assertStringIncludes(text, "- tied 1: a, c[3:7].");
  assertStringIncludes(
    text,
    '- c[0:3] (conv 1×1, 44.7 % of the multiply-adds): it meets the channels of "images" (input).',
  );
});

Deno.test("networkTable() refuses what is no network or no option", () => {
  assertThrows(() => networkTable({ ...network, output: "none" }), EspalierError, '"none"');
  assertThrows(() => networkTable(network, { decision: [] } as never), EspalierError, "decisions");
});
