import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, type Decision } from "@espalier/core";
import { neighbour } from "./neighbour.ts";

const decision = (id: string, candidates: readonly number[]): Decision => ({
  ...{ id, candidates, space: "test" },
  effect: { kind: "channels", nodes: [id] },
});

test("neighbour() changes one decision, to the candidate beside", () => {
  const decisions = [decision("a", [1, 2, 4]), decision("b", [3]), decision("c", [5, 6])];
  const random = createRandom(1).stream("test");
  const found = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const { a, b, c } = neighbour({ a: 2, b: 3, c: 5 }, { decisions, random });
    found.add(`${a} ${b} ${c}`);
  }
  assert.deepEqual([...found].sort(), ["1 3 5", "2 3 6", "4 3 5"]);
});

test("neighbour() stays where nothing can change", () => {
  const random = createRandom(1).stream("test");
  const choices = { b: 3 };
  assert.equal(neighbour(choices, { decisions: [decision("b", [3])], random }), choices);
});
