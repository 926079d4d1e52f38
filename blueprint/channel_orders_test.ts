import type { Blueprint, Decision, Weights } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { channelOrders, rankingOf } from "./channel_orders.ts";
import { conv } from "./nodes.ts";

const RESIDUAL: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [2, 2, 1] },
    conv({ id: "stem", input: "images", channels: 3, kernel: 1 }),
    conv({ id: "inner", input: "stem", channels: 2, kernel: 1, activation: "relu" }),
    conv({ id: "last", input: "inner", channels: 3, kernel: 1 }),
    { id: "add", op: "add", inputs: ["last", "stem"], projection: { norm: false } },
    { id: "pool", op: "global-pool", inputs: ["add"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

const array = (shape: number[], values: number[]) => ({ shape, values: Float32Array.from(values) });

const WEIGHTS: Weights = {
  "stem/kernel": array([1, 1, 1, 3], [-1, 2, 0.5]),
  // Norms of the two filters, over three inputs: 3 and 3.
  "inner/kernel": array([1, 1, 3, 2], [1, -3, -1, 0, 1, 0]),
  // Norms of the three filters, over two inputs: 1, 2, 4.
  "last/kernel": array([1, 1, 2, 3], [0.5, 1, -4, -0.5, 1, 0]),
  "classifier/kernel": array([3, 2], [9, 0, 0, 0, 0, 1]),
  "classifier/bias": array([2], [0, 0]),
};

Deno.test("channelOrders() sums norms over the layers that keep the same channels; ties go to the first", () => {
  const orders = channelOrders({ blueprint: RESIDUAL, weights: WEIGHTS });
  // stem and last: 1 + 1, 2 + 2, 0.5 + 4.
  assertEquals(
    orders,
    new Map([["stem", [2, 1, 0]], ["last", [2, 1, 0]], ["inner", [0, 1]]]),
  );
});

Deno.test("channelOrders() takes an unpruned network's classifier as it is, and gives a dense layer's units", () => {
  const dense: Blueprint = {
    name: "dense",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 1, 2] },
      { id: "flat", op: "flatten", inputs: ["images"] },
      { id: "hidden", op: "dense", inputs: ["flat"], channels: 2, bias: false },
      { id: "classifier", op: "dense", inputs: ["hidden"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const weights = {
    "hidden/kernel": array([2, 2], [1, 2, 1, -2]),
    "classifier/kernel": array([2, 2], [1, 0, 0, 9]),
  };
  assertEquals(channelOrders({ blueprint: dense, weights }), new Map([["hidden", [1, 0]]]));
});

Deno.test("rankingOf() gives a decision its first layer's order, a depth none", () => {
  const width = (id: string): Decision => ({
    ...{ id, space: "width", candidates: [1, 3] },
    effect: { kind: "channels", nodes: [id] },
  });
  const depth: Decision = {
    ...{ id: "stage", space: "depth", candidates: [1, 2] },
    effect: { kind: "exit", stage: "stage" },
  };
  const orders = new Map([["stem", [2, 1, 0]], ["inner", [0, 1]]]);
  assertEquals(rankingOf([width("stem"), width("other"), depth], orders), { stem: [2, 1, 0] });
});
