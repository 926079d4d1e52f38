import { type Blueprint, type CostNode, EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import { costOf } from "./cost_of.ts";
import { conv } from "./nodes.ts";

const blueprint: Blueprint = {
  name: "tiny",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 6, 3] },
    conv({ id: "stem", input: "images", kernel: 3, stride: 2, channels: 5 }),
    { id: "pool", op: "global-pool", inputs: ["stem"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
  ],
  stages: [],
  output: "classifier",
};

Deno.test("costOf() sums what the model says of each node", () => {
  const seen: CostNode[] = [];
  const cost = costOf(blueprint, {
    name: "channels",
    unit: "channels",
    cost(node) {
      seen.push(node);
      return node.output.channels;
    },
  });
  assertEquals(cost, { total: 20, byNode: { stem: 5, pool: 5, classifier: 10 } });
  assertEquals(seen[0], {
    node: blueprint.nodes[1]!,
    input: { height: 4, width: 6, channels: 3 },
    output: { height: 2, width: 3, channels: 5 },
  });
});

Deno.test("costOf() refuses a cost that is no finite number of at least 0, and names its model", () => {
  for (const cost of [NaN, -1, Infinity, undefined as unknown as number]) {
    const error = assertThrows(
      () => costOf(blueprint, { name: "odd", unit: "points", cost: () => cost }),
      EspalierError,
      `cost model "odd"`,
    );
    assertEquals(error.code, "ERR_COST_INVALID");
  }
});
