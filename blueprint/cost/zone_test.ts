import { type Budget, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { chainCost, toyDecisions } from "./toy_space_test.ts";
import { distanceToZone, resolveBudget } from "./zone.ts";

/** Unpruned: 5 + 5 · 5 + 5 = 35; smallest: 1 + 1 + 1 = 3. */
const toy = { unit: "points", decisions: toyDecisions([1, 5], [1, 5]), cost: chainCost };

function codeOf(budget: Omit<Budget, "cost">): string {
  const error = assertThrows(() => resolveBudget({ cost: "toy", ...budget }, toy), EspalierError);
  return error.code;
}

Deno.test("resolveBudget() takes a target up to 1 as a share of the unpruned cost", () => {
  assertEquals(resolveBudget({ cost: "toy", target: 0.8, tolerance: 0.25 }, toy), {
    cost: "toy",
    unit: "points",
    target: 28,
    low: 21,
    high: 35,
    unpruned: 35,
    smallest: 3,
  });
});

Deno.test("resolveBudget() takes a larger target as the cost itself, with 5 % around it", () => {
  const { target, low, high } = resolveBudget({ cost: "toy", target: 20 }, toy);
  assertEquals([target, low, high], [20, 19, 21]);
});

Deno.test("resolveBudget() measures a zone below the target in unpruned costs", () => {
  const budget = { cost: "toy", target: 20, tolerance: 0.2, zone: "below" } as const;
  const { low, high } = resolveBudget(budget, toy);
  assertEquals([low, high], [13, 20]);
});

Deno.test("resolveBudget() refuses what no shape can cost, with both ends", () => {
  const cases = [2.9, 35.1, 0.05];
  for (const target of cases) {
    const error = assertThrows(() => resolveBudget({ cost: "toy", target }, toy), EspalierError);
    assertEquals(error.code, "ERR_BUDGET_UNREACHABLE");
    assertStringIncludes(error.message, "3 to 35 points");
  }
  assertEquals(resolveBudget({ cost: "toy", target: 3 }, toy).target, 3);
  assertEquals(resolveBudget({ cost: "toy", target: 1 }, toy).target, 35);
});

Deno.test("resolveBudget() refuses numbers that make no sense", () => {
  for (const target of [0, -1, NaN, Infinity]) {
    assertEquals(codeOf({ target }), "ERR_CONFIG_INVALID");
  }
  for (const tolerance of [0, 1, -0.1, NaN, 5]) {
    assertEquals(codeOf({ target: 0.5, tolerance }), "ERR_CONFIG_INVALID");
  }
  const zone = { target: 0.5, zone: "arround" as never };
  const error = assertThrows(() => resolveBudget({ cost: "toy", ...zone }, toy), EspalierError);
  assertStringIncludes(
    error.message,
    'option "zone" is "arround", allowed: "around" or "below" (did you mean "around"?',
  );
});

Deno.test("resolveBudget() looks for the smallest cost, not for the smallest candidates", () => {
  // Unlike widths need a projection that costs 10: 5 and 5 are cheaper than 1 beside 5.
  const decisions = toyDecisions([1, 5]);
  const cost = ({ a }: Readonly<Record<string, number>>) => a! + (a === 5 ? 0 : 10);
  const { smallest, unpruned } = resolveBudget({ cost: "toy", target: 1 }, {
    unit: "points",
    decisions,
    cost,
  });
  assertEquals([smallest, unpruned], [5, 5]);
});

Deno.test("distanceToZone() is 0 inside the zone, its ends included", () => {
  const zone = resolveBudget({ cost: "toy", target: 20 }, toy);
  assertEquals([18, 19, 20, 21, 23].map((cost) => distanceToZone(zone, cost)), [1, 0, 0, 0, 2]);
});

Deno.test("resolveBudget() advises a share that it then takes", () => {
  const options = {
    unit: "points",
    decisions: toyDecisions([1, 2]),
    cost: ({ a }: Readonly<Record<string, number>>) => a === 1 ? 62680 : 781568,
  };
  const resolve = (target: number) => resolveBudget({ cost: "toy", target }, options);
  const { message } = assertThrows(() => resolve(0.001), EspalierError);
  const share = Number(message.match(/share of at least ([\d.]+)/)![1]);
  assertEquals(share, 0.081);
  assertEquals(resolve(share).smallest, 62680);
});

Deno.test("resolveBudget() takes targets up to the widest candidates, shares of the unpruned cost", () => {
  // Unpruned 4: 4 + 4 · 4 + 4 = 24; widest 5: 35; smallest: 3.
  const decisions = toyDecisions([1, 4, 5], [1, 4, 5]).map((one) => ({ ...one, unpruned: 4 }));
  const resolve = (target: number) => resolveBudget({ cost: "toy", target }, { ...toy, decisions });
  const { target, unpruned, smallest } = resolve(0.5);
  assertEquals([target, unpruned, smallest], [12, 24, 3]);
  assertEquals([resolve(1).target, resolve(35).target], [24, 35]);
  const { message } = assertThrows(() => resolve(35.1), EspalierError, "the widest architecture's");
  assertStringIncludes(message, "3 to 35 points");
});
