/** Whatever searches: what is chosen lies inside the zone, within all limits. */
import { costFunction, derive, expectedCost } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type CostModel,
  createRandom,
  definePlugin,
  noOptions,
  pipeline,
  RegularizerToken,
  replaceAll,
  SearchSpaceToken,
} from "@espalier/core";
import {
  createPruner,
  evolutionSearch,
  importancePruning,
  l1Norm,
  phases,
  randomSearch,
  saveModel,
  swap,
  tas,
  uniform,
  widthSearch,
} from "@espalier/espalier";
import { macs, params, peakMemory } from "@espalier/plugin-flops";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";

await tf.setBackend("cpu");

const blueprint = toyNetwork();
const all = tas({ epochs: { search: 1 } });
const tied = replaceAll(all, SearchSpaceToken, [widthSearch({ residual: "tie" })]);
const METHODS: Readonly<Record<string, readonly AnyPlugin[]>> = {
  tas: all,
  random: swap(all, randomSearch({ candidates: 2 })),
  evolution: swap(all, evolutionSearch({ population: 2, generations: 2 })),
  l1: [...swap(tied, importancePruning()), l1Norm()],
  uniform: swap(all, uniform()),
};
const MODELS = [
  { name: "macs", unit: "multiply-adds", cost: macs },
  { name: "params", unit: "parameters", cost: params },
  { name: "peakMemory", unit: "bytes", networkCost: peakMemory },
];

Deno.test("regularizers see limited costs, true and expected, of those that are sums over nodes", () =>
  withFolder(async (path) => {
    const seen: { actual: number; expected: number; here: [number, number] }[] = [];
    const observer = definePlugin({
      name: "observer",
      version: "1",
      provides: [RegularizerToken],
      options: noOptions,
      setup: (context) =>
        context.provide(RegularizerToken, () => ({
          name: "observer",
          weight: 1,
          loss({ limited, choices, probabilities, expected: ofBudget }) {
            assertEquals(limited.map(({ limit }) => limit.cost), ["params"]);
            const [{ actual, expected }] = limited as [typeof limited[0]];
            const { decisions } = pruner;
            using own = expectedCost(blueprint, { decisions, model: MODELS[1] as CostModel });
            const here = own.evaluate(probabilities).dataSync()[0]!;
            const costOf = costFunction(blueprint, { decisions, model: MODELS[1]! });
            seen.push({
              ...{ actual, expected: expected.dataSync()[0]! },
              here: [costOf(choices), here],
            });
            return ofBudget.mul(0);
          },
        })),
    });
    const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
    await saveModel({ blueprint, weights }, path);
    await using pruner = createPruner({
      ...{ network: blueprint, data: toyData(), plugins: [...all, observer()] },
      budget: { cost: "macs", target: 0.6, limits: { params: 0.7, peakMemory: 0.99 } },
      pipeline: pipeline().phase(phases.loadTeacher(path)).phase(phases.search()),
    });
    await pruner.run().result;
    assert(seen.length > 0);
    for (const { actual, expected, here } of seen) {
      assertEquals(actual, here[0]);
      assertAlmostEquals(expected, here[1], 1e-3 * here[1]);
    }
  }));

for (const [name, plugins] of Object.entries(METHODS)) {
  Deno.test(`${name} ends inside the zone and within the limits`, () =>
    withFolder(async (path) => {
      const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
      await saveModel({ blueprint, weights }, path);
      const only = pipeline().phase(phases.loadTeacher(path)).phase(phases.search());
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.gen(), async (seed, gen) => {
          const setup = { network: blueprint, data: toyData(), plugins, pipeline: only };
          const free = createPruner({ ...setup, budget: { cost: "macs", target: 1 } });
          const { decisions } = free;
          await free[Symbol.asyncDispose]();
          const costs = MODELS.map((model) => costFunction(blueprint, { decisions, model }));
          // Some architecture holds everything.
          const there = Object.fromEntries(
            decisions.map(({ id, candidates }) => [id, gen(() => fc.constantFrom(...candidates))]),
          );
          const [target, ...most] = costs.map((cost) => cost(there)) as [number, number, number];
          const limits = { params: most[0], peakMemory: most[1] };
          const budget = { cost: "macs", target, tolerance: 0.1, limits };
          await using pruner = createPruner({ ...setup, budget });
          const { architecture } = await pruner.run({ seed }).result;
          const derived = derive(blueprint, { decisions, ...architecture });
          const [cost, ...others] = MODELS.map((model) =>
            costFunction(derived, { decisions: [], model })({})
          );
          assert(Math.abs(cost! / target - 1) <= 0.1, `${cost} where the target is ${target}`);
          others.forEach((other, i) => assert(other <= most[i]!, `${other} above ${most[i]}`));
        }),
        { numRuns: 4 },
      );
    }));
}
