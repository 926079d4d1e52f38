import { conv, derive } from "@espalier/blueprint";
import type { Decision } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { layerWidths } from "./layer_widths.ts";
import { NETWORK } from "./testing.ts";

const decisions: readonly Decision[] = [
  {
    id: "stage0/block0/conv_a",
    space: "width",
    candidates: [5, 8],
    effect: { kind: "channels", nodes: ["stage0/block0/conv_a"] },
  },
  {
    id: "stage0",
    space: "depth",
    candidates: [1, 2],
    effect: { kind: "exit", stage: "stage0" },
  },
];

Deno.test("layerWidths() sets what is kept against what there was, shortcuts left out", () => {
  const choices = { "stage0/block0/conv_a": 5, stage0: 1 };
  const widths = layerWidths(NETWORK, derive(NETWORK, { decisions, choices }));
  assertEquals(widths.map(({ stage, label, full, kept }) => [stage, label, full, kept]), [
    ["stem", "", 8, 8],
    ["stage0", "0 a", 8, 5],
    ["stage0", "0 b", 8, 8],
    ["stage0", "1 a", 8, 0],
    ["stage0", "1 b", 8, 0],
    ["stage1", "0 a", 20, 20],
    ["stage1", "0 b", 20, 20],
  ]);
});

Deno.test("layerWidths() counts a convolution in front of a block's sum as no shortcut", () => {
  const widths = layerWidths(NETWORK, NETWORK);
  assertEquals(widths[0]?.node, "stem");
});

Deno.test("layerWidths() names the layers of a network without stages, shortly where it can", () => {
  const nodes = ["m/a", "m/b", "n/b"].map((id, i, ids) =>
    conv({ id, input: ids[i - 1] ?? "images", channels: 3, kernel: 1 })
  );
  const blueprint = {
    name: "plain",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      ...nodes,
      { id: "pool", op: "global-pool", inputs: ["n/b"] },
      { id: "fc", op: "dense", inputs: ["pool"], channels: 2, bias: true },
    ],
    stages: [],
    output: "fc",
  } as const;
  assertEquals(layerWidths(blueprint, blueprint).map(({ stage, label }) => [stage, label]), [
    ["", "a"],
    ["", "m/b"],
    ["", "n/b"],
  ]);
});
