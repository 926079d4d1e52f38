import { createRandom, EspalierError, type NetworkCostModel } from "@espalier/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { arbitraryBlueprint, arbitraryChoices, arbitraryDecisions } from "../testing.ts";
import { amountOf } from "./amount.ts";
import { costFunction } from "./cost_function.ts";
import { excessFunction } from "./excess.ts";
import { macs } from "./macs.ts";
import { params } from "./params.ts";
import { peakMemory } from "./peak_memory.ts";
import { repair } from "./repair.ts";
import { chainCost, toyDecisions } from "./toy_space_test.ts";
import { uniformArchitecture } from "./uniform.ts";
import { resolveBudget } from "./zone.ts";

const memory: NetworkCostModel = { name: "memory", unit: "bytes", networkCost: peakMemory };
const macsModel = { name: "macs", unit: "multiply-adds", cost: macs };
const models = [macsModel, { name: "params", unit: "parameters", cost: params }, memory];

/** What `use` gives; undefined where it refuses the budget. */
function unlessUnreachable<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof EspalierError && error.code === "ERR_BUDGET_UNREACHABLE") return;
    throw error;
  }
}

for (const residual of ["tie", "project"] as const) {
  Deno.test(`what is drawn or repaired lies inside the zone and within all limits: ${residual}`, () => {
    fc.assert(
      fc.property(arbitraryBlueprint, fc.nat(), fc.gen(), (blueprint, seed, gen) => {
        const decisions = gen(arbitraryDecisions, blueprint, residual);
        const costs = models.map((model) => costFunction(blueprint, { decisions, model }));
        const [cost, ...others] = costs as [typeof costs[0], ...typeof costs];
        const measured = models.map((model, i) => ({ ...model, cost: costs[i]! }));
        // Some architecture keeps everything, so that the budget can be met.
        const there = gen(arbitraryChoices, decisions);
        const [target, ...most] = costs.map((cost) => cost(there));
        const limits = { params: `${most[0]!}`, memory: `${most[1]!}B` };
        const resolve = () =>
          resolveBudget({ cost: "macs", target: `${target!}`, tolerance: 0.1, limits }, {
            unit: "multiply-adds",
            decisions,
            cost,
            limited: { params: measured[1]!, memory: measured[2]! },
          });
        // Projections, which equal widths spare, may cost more than the widest architecture.
        const zone = residual === "tie" ? resolve() : unlessUnreachable(resolve);
        fc.pre(zone !== undefined);
        const excess = excessFunction(blueprint, { decisions, limits: zone.limits, models });
        const holds = (choices: typeof there) => {
          const found = cost(choices);
          assert(zone.low <= found && found <= zone.high, `${found} outside the zone`);
          for (const [i, other] of others.entries()) {
            assert(other(choices) <= most[i]!, `${other(choices)} above ${most[i]}`);
          }
          assertEquals(excess!(choices), 0);
        };
        const random = createRandom(seed).stream("test");
        const budget = { decisions, zone, cost, excess };
        holds(uniformArchitecture({ ...budget, random }));
        holds(repair({ ...budget, choices: gen(arbitraryChoices, decisions) }).choices);
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("limits change nothing where they are not near", () => {
  const decisions = toyDecisions([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]);
  const zone = resolveBudget({ cost: "toy", target: 0.5, tolerance: 0.2 }, {
    unit: "points",
    decisions,
    cost: chainCost,
  });
  const draw = (excess?: () => number) =>
    uniformArchitecture({
      decisions,
      zone,
      cost: chainCost,
      excess,
      random: createRandom(3).stream("test"),
    });
  assertEquals(draw(() => 0), draw());
});

/** Unpruned: 35 points, 10 widths; smallest: 3 and 2. */
const toy = {
  unit: "points",
  decisions: toyDecisions([1, 5], [1, 5]),
  cost: chainCost,
  limited: {
    widths: {
      unit: "widths",
      cost: (choices: Readonly<Record<string, number>>) =>
        Object.values(choices).reduce((sum, width) => sum + width, 0),
    },
  },
};

Deno.test("resolveBudget() resolves limits in the unit of their cost", () => {
  const limitOf = (amount: number | string) =>
    resolveBudget({ cost: "toy", target: 1, limits: { widths: amount } }, toy).limits![0];
  const rest = { cost: "widths", unit: "widths", unpruned: 10, smallest: 2 };
  for (const amount of [0.6, 6, "60%", "6", "0.006k"]) {
    assertEquals(limitOf(amount), { ...rest, high: 6 });
  }
  assertEquals("limits" in resolveBudget({ cost: "toy", target: 1 }, toy), false);
});

Deno.test("resolveBudget() refuses a limit that no architecture keeps, with the smallest", () => {
  const limits = { widths: 0.1 };
  const error = assertThrows(
    () => resolveBudget({ cost: "toy", target: 1, limits }, toy),
    EspalierError,
    "Cannot hold the limit of widths as the smallest architecture has 2 widths, the unpruned network " +
      "10: 1 at most. Raise it, as a share to at least 0.200.",
  );
  assertEquals(error.code, "ERR_BUDGET_UNREACHABLE");
});

Deno.test("amountOf() reads shares, numbers and units", () => {
  const bytes = { cost: "memory", unit: "bytes", unpruned: 4e6 };
  const times = { cost: "latency", unit: "milliseconds", unpruned: 2 };
  assertEquals(
    [0.5, "50%", "2MB", "2 MB", "2000kB", "2e6", 2e6].map((amount) => amountOf(amount, bytes)),
    Array.from({ length: 7 }, () => 2e6),
  );
  assertEquals(amountOf("1MiB", bytes), 2 ** 20);
  assertEquals(["0.8ms", "800us", 0.4].map((amount) => amountOf(amount, times)), [0.8, 0.8, 0.8]);
  for (const amount of ["", "MB", "-2MB", "2ms", "0", "2 toString", "1e999"]) {
    const error = assertThrows(() => amountOf(amount, bytes), EspalierError, "Cannot read");
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }
});
