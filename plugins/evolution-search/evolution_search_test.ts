import {
  type Choices,
  createRandom,
  type Decision,
  NO_CHECKPOINT,
  type SearchProgress,
} from "@espalier/core";
import { uniformArchitecture } from "@espalier/blueprint";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type EvolutionContext, evolutionSearch } from "./evolution_search.ts";

const DECISIONS = Array.from({ length: 6 }, (_, i): Decision => ({
  id: `conv${i}`,
  space: "width",
  candidates: [1, 2, 3, 4],
  effect: { kind: "channels", nodes: [`conv${i}`] },
}));

/** Widths cost their sum, which must be 12 or 13; early layers matter. */
function contextOf(
  score = (choices: Choices) =>
    DECISIONS.reduce((sum, { id }, i) => sum + choices[id]! * (6 - i), 0),
  seed = 1,
) {
  const scored: Choices[] = [];
  const reports: SearchProgress[] = [];
  const random = createRandom(seed);
  const cost = (choices: Choices) => DECISIONS.reduce((sum, { id }) => sum + choices[id]!, 0);
  const budget = {
    ...{ cost: "width", unit: "channels", target: 12, low: 12, high: 13 },
    ...{ unpruned: 24, smallest: 6 },
  };
  const context: EvolutionContext = {
    checkpoint: NO_CHECKPOINT,
    decisions: DECISIONS,
    budget,
    cost,
    excess: () => 0,
    random,
    uniform: ({ name, index }) =>
      uniformArchitecture({
        decisions: DECISIONS,
        zone: budget,
        cost,
        random: random.stream(name, index),
      }),
    score: (choices) => {
      scored.push(choices);
      return Promise.resolve({ score: score(choices), loss: 1, metrics: {}, images: 7 });
    },
    progress: (report) => {
      reports.push(report);
      return Promise.resolve();
    },
  };
  return { context, scored, reports, cost };
}

const OPTIONS = { population: 8, generations: 6, parents: 3, mutation: 0.2 };

Deno.test("evolutionSearch() scores architectures inside the zone only, and none twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), async (seed) => {
      const { context, scored, reports, cost } = contextOf(undefined, seed);
      const { choices } = await evolutionSearch(context, OPTIONS);
      assert(scored.every((choices) => cost(choices) === 12 || cost(choices) === 13));
      const texts = scored.map((choices) => JSON.stringify(DECISIONS.map(({ id }) => choices[id])));
      assertEquals(new Set(texts).size, scored.length);
      assertEquals(reports.length, 48);
      assertEquals(reports.reduce((sum, { images }) => sum + images, 0), 7 * scored.length);
      assert(scored.includes(choices));
    }),
    { numRuns: 20 },
  );
});

Deno.test("evolutionSearch() scores architectures within the limits only", async () => {
  const { context, scored } = contextOf();
  // At most 5 channels in the two layers that matter most.
  const excess = ({ conv0, conv1 }: Choices) => Math.max(0, conv0! + conv1! - 5) / 8;
  const limit = { cost: "first", unit: "channels", high: 5, unpruned: 8, smallest: 2 };
  const budget = { ...context.budget, limits: [limit] };
  const { decisions, cost, random } = context;
  await evolutionSearch({
    ...context,
    budget,
    excess,
    uniform: ({ name, index }) =>
      uniformArchitecture({
        ...{ decisions, zone: budget, cost, excess },
        random: random.stream(name, index),
      }),
  }, OPTIONS);
  assert(scored.length > 10);
  assert(scored.every((choices) => choices.conv0! + choices.conv1! <= 5));
});

Deno.test("evolutionSearch() finds better than as many uniform draws, in the mean", async () => {
  let evolved = 0, drawn = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const best = ({ reports }: ReturnType<typeof contextOf>) => reports.at(-1)!.values!.best!;
    const [one, other] = [contextOf(undefined, seed), contextOf(undefined, seed)];
    await evolutionSearch(one.context, OPTIONS);
    await evolutionSearch(other.context, { ...OPTIONS, population: 48, generations: 1 });
    evolved += best(one) / 10;
    drawn += best(other) / 10;
  }
  // The best there is: 4 channels in the first two layers, 2 in the third, 1 in the rest: 58.
  assert(evolved > drawn + 1, `${evolved} beside ${drawn}`);
});

Deno.test("evolutionSearch() goes on where all that can be made was there before", async () => {
  const { context, scored } = contextOf(() => 0);
  const one: Decision = { ...DECISIONS[0]!, candidates: [1, 2] };
  const narrow = {
    ...context,
    decisions: [one],
    cost: () => 12,
    uniform: () => ({ conv0: 1 }),
  };
  assertEquals(await evolutionSearch(narrow, OPTIONS), { choices: { conv0: 1 } });
  assert(scored.length <= 2);
});

Deno.test("evolutionSearch() reports each candidate, the best so far and its generation", async () => {
  const { context, reports } = contextOf();
  await evolutionSearch(context, { ...OPTIONS, population: 2, generations: 2 });
  assertEquals(reports.map(({ epoch, epochs, values }) => [epoch, epochs, values!.generation]), [
    [0, 4, 0],
    [1, 4, 0],
    [2, 4, 1],
    [3, 4, 1],
  ]);
  const best = reports.map(({ values }) => values!.best!);
  assert(best.every((score, i) => i === 0 || score >= best[i - 1]!));
});
