import { assert, assertEquals } from "@std/assert";
import type { Choices, Decision } from "@espalier/core";
import fc from "fast-check";
import { pruneToBudget, widthsAbove } from "./mod.ts";

function width(id: string, candidates: readonly number[]): Decision {
  return { id, space: "width-search", candidates, effect: { kind: "channels", nodes: [id] } };
}

const depth: Decision = {
  id: "stage0",
  space: "depth-search",
  candidates: [1, 2],
  effect: { kind: "exit", stage: "stage0" },
};

Deno.test("widthsAbove() rounds what passes to the nearest candidate, and keeps depths", () => {
  const importances = new Map([["a", [0.2, 0.9, 1.1, 1.8]], ["b", [1, 1, 1, 1]]]);
  const decisions = [width("a", [1, 2, 4]), width("b", [1, 2, 4]), depth];
  const at = (threshold: number) => widthsAbove(decisions, { importances, threshold });
  assertEquals(at(0), { a: 4, b: 4, stage0: 2 });
  assertEquals(at(0.9), { a: 4, b: 4, stage0: 2 }); // three pass: as near to 4 as to 2
  assertEquals(at(1.1), { a: 2, b: 1, stage0: 2 });
  assertEquals(at(Infinity), { a: 1, b: 1, stage0: 2 });
});

Deno.test("pruneToBudget() takes from the layer whose channels are unlike", () => {
  const importances = new Map([["a", [0.1, 0.2, 1.7, 2]], ["b", [0.9, 1, 1, 1.1]]]);
  const decisions = [width("a", [1, 2, 3, 4]), width("b", [1, 2, 3, 4])];
  const cost = ({ a, b }: Choices) => a! + b!;
  const budget = { target: 6, low: 5.5, high: 6.5 };
  assertEquals(pruneToBudget(decisions, { importances, budget, cost }), { a: 2, b: 4 });
});

Deno.test("pruneToBudget() ends where the best of all thresholds ends", () => {
  const layers = fc.array(
    fc.array(fc.double({ min: 0.1, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(layers, fc.double({ min: 0.2, max: 1, noNaN: true }), (layers, share) => {
    const importances = new Map(layers.map((importance, i) => [`l${i}`, importance]));
    const decisions = layers.map((_, i) => width(`l${i}`, [2, 3, 5, 8]));
    const cost = (choices: Choices) =>
      layers.reduce((sum, _, i) => sum + (choices[`l${i}`]! * (choices[`l${i - 1}`] ?? 3)), 0);
    const full = cost(widthsAbove(decisions, { importances, threshold: 0 }));
    const target = share * full;
    const budget = { target, low: target * 0.95, high: target * 1.05 };
    const choices = pruneToBudget(decisions, { importances, budget, cost });
    assert(decisions.every(({ id, candidates }) => candidates.includes(choices[id]!)));
    const offset = (choices: Choices) =>
      Math.max(Math.abs(cost(choices) - target) - 0.05 * target, 0);
    for (const threshold of [...layers.flat(), Infinity]) {
      const found = widthsAbove(decisions, { importances, threshold });
      assert(offset(choices) <= offset(found) + 1e-9);
    }
  }));
});

Deno.test("widthsAbove() never grows a layer: there is nothing to rank beyond its channels", () => {
  const importances = new Map([["a", [0.2, 0.9, 1.1, 1.8]]]);
  const decisions = [{ ...width("a", [2, 4, 5]), unpruned: 4 }];
  const at = (threshold: number) => widthsAbove(decisions, { importances, threshold }).a;
  assertEquals([0, 1.5].map(at), [4, 2]);
});
