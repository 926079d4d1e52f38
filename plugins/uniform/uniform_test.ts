import { assert, assertEquals } from "@std/assert";
import type { Choices, Decision } from "@espalier/core";
import fc from "fast-check";
import { scaleWidths, uniformScaling } from "./uniform.ts";

const RATIOS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

function width(id: string, channels: number): Decision {
  const candidates = RATIOS.map((ratio) => Math.floor(channels * ratio + 1e-9));
  return { id, space: "width-search", candidates, effect: { kind: "channels", nodes: [id] } };
}

const depth: Decision = {
  id: "stage0",
  space: "depth-search",
  candidates: [1, 2, 3],
  effect: { kind: "exit", stage: "stage0" },
};

/** A chain of layers: cost is the sum of products of neighbouring widths. */
function chainCost(ids: readonly string[]): (choices: Choices) => number {
  return (choices) =>
    ids.reduce((sum, id, i) => sum + choices[id]! * (i === 0 ? 3 : choices[ids[i - 1]!]!), 0);
}

function zone(target: number, tolerance = 0.05) {
  return { target, low: target * (1 - tolerance), high: target * (1 + tolerance) };
}

Deno.test("scaleWidths() takes the candidate nearest to the ratio, and the full depth", () => {
  // 16 → 4 6 8 9 11 12 14 16; halves at 5, 7, 8.5, 10, 11.5, 13, 15
  const decisions = [width("a", 16), width("b", 64), depth];
  assertEquals(scaleWidths(decisions, 0), { a: 4, b: 19, stage0: 3 });
  assertEquals(scaleWidths(decisions, 0.5), { a: 8, b: 32, stage0: 3 });
  assertEquals(scaleWidths(decisions, 0.65), { a: 11, b: 44, stage0: 3 });
  assertEquals(scaleWidths(decisions, 1), { a: 16, b: 64, stage0: 3 });
});

Deno.test("uniformScaling() finds the ratio nearest to the target", () => {
  const decisions = [width("a", 16), width("b", 32), depth];
  const cost = chainCost(["a", "b"]);
  const half = cost({ a: 8, b: 16 });
  assertEquals(uniformScaling(decisions, { budget: zone(half + 1), cost }), {
    a: 8,
    b: 16,
    stage0: 3,
  });
  const full = cost({ a: 16, b: 32 });
  assertEquals(uniformScaling(decisions, { budget: zone(full), cost }).b, 32);
});

Deno.test("uniformScaling() lets some layers keep the smaller ratio where no ratio fits", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const decisions = ids.map((id) => width(id, 10));
  const cost = chainCost(ids);
  // Ratio 0.5: 115; ratio 0.6: 162. The zone 132–146 lies between.
  const choices = uniformScaling(decisions, { budget: zone(139), cost });
  assert(Object.values(choices).every((channels) => channels === 5 || channels === 6));
  assert(cost(choices) >= zone(139).low && cost(choices) <= zone(139).high);
});

Deno.test("uniformScaling() chooses candidates, no farther from the zone than any ratio is", () => {
  const layers = fc.array(fc.integer({ min: 10, max: 80 }), { minLength: 6, maxLength: 20 });
  fc.assert(fc.property(layers, fc.double({ min: 0.15, max: 1, noNaN: true }), (sizes, share) => {
    const decisions = sizes.map((channels, i) => width(`l${i}`, channels));
    const cost = chainCost(decisions.map(({ id }) => id));
    const smallest = cost(scaleWidths(decisions, 0));
    const target = smallest + share * (cost(scaleWidths(decisions, 1)) - smallest);
    const { low, high } = zone(target);
    const outside = (choices: Choices) => Math.max(low - cost(choices), cost(choices) - high, 0);
    const choices = uniformScaling(decisions, { budget: zone(target), cost });
    assert(decisions.every(({ id, candidates }) => candidates.includes(choices[id]!)));
    for (let ratio = 0; ratio <= 1; ratio += 0.02) {
      assert(outside(choices) <= outside(scaleWidths(decisions, ratio)));
    }
    assertEquals(choices, uniformScaling(decisions, { budget: zone(target), cost }));
  }));
});

Deno.test("uniformScaling() gives the nearest end where the target lies outside", () => {
  const decisions = [width("a", 16)];
  const cost = chainCost(["a"]);
  assertEquals(uniformScaling(decisions, { budget: zone(1), cost }), { a: 4 });
  assertEquals(uniformScaling(decisions, { budget: zone(1000), cost }), { a: 16 });
});

Deno.test("uniformScaling() may scale beyond the unpruned widths, not beyond its depths", () => {
  const grows = (id: string): Decision => ({
    ...{ id, space: "width-search", candidates: [5, 10, 12], unpruned: 10 },
    effect: { kind: "channels", nodes: [id] },
  });
  const decisions = [grows("a"), grows("b"), depth];
  assertEquals(scaleWidths(decisions, 1), { a: 10, b: 10, stage0: 3 });
  assertEquals(scaleWidths(decisions, 1.2), { a: 12, b: 12, stage0: 3 });
  const cost = chainCost(["a", "b"]);
  const budget = zone(cost({ a: 12, b: 12 }));
  assertEquals(uniformScaling(decisions, { budget, cost }), { a: 12, b: 12, stage0: 3 });
});
