import { assertEquals, assertRejects } from "@std/assert";
import { type Choices, NO_CHECKPOINT, type SearchProgress } from "@espalier/core";
import { randomSearch, type RandomSearchContext } from "./random_search.ts";

const metricsOf = (value: number) => ({
  accuracy: { value, better: "higher", share: true } as const,
});

/** A context that hands out the given widths in turn and scores them by a function. */
function fakeContext(widths: readonly number[], accuracy: (width: number) => number) {
  const scored: number[] = [];
  const reports: SearchProgress[] = [];
  const context: RandomSearchContext = {
    checkpoint: NO_CHECKPOINT,
    uniform: ({ name, index }) => {
      assertEquals(name, "random-search");
      return { conv: widths[index]! };
    },
    score: ({ conv }: Choices) => {
      scored.push(conv!);
      const score = accuracy(conv!);
      return Promise.resolve({ score, loss: 1, metrics: metricsOf(score), images: 5 });
    },
    cost: ({ conv }: Choices) => 100 * conv!,
    progress: (report) => {
      reports.push(report);
      return Promise.resolve();
    },
  };
  return { context, scored, reports };
}

Deno.test("randomSearch() keeps the architecture of the highest accuracy, ties go to the first", async () => {
  const accuracies = new Map([[4, 0.5], [6, 0.7], [8, 0.7], [9, 0.1]]);
  const { context } = fakeContext([4, 6, 8, 9], (width) => accuracies.get(width)!);
  assertEquals(await randomSearch(context, { candidates: 4 }), { choices: { conv: 6 } });
});

Deno.test("randomSearch() scores what it draws twice only once", async () => {
  const { context, scored, reports } = fakeContext([4, 6, 4, 4], (width) => width / 10);
  await randomSearch(context, { candidates: 4 });
  assertEquals(scored, [4, 6]);
  assertEquals(reports.map(({ images }) => images), [5, 5, 0, 0]);
  assertEquals(reports.map(({ metrics }) => metrics!.accuracy!.value), [0.4, 0.6, 0.4, 0.4]);
});

Deno.test("randomSearch() reports every candidate with its cost and the best so far", async () => {
  const { context, reports } = fakeContext([4, 9, 6], (width) => width / 10);
  await randomSearch(context, { candidates: 3 });
  const report = { epochs: 3, images: 5, loss: 1 };
  assertEquals(reports, [
    { ...report, epoch: 0, metrics: metricsOf(0.4), cost: 400, values: { best: 0.4 } },
    { ...report, epoch: 1, metrics: metricsOf(0.9), cost: 900, values: { best: 0.9 } },
    { ...report, epoch: 2, metrics: metricsOf(0.6), cost: 600, values: { best: 0.9 } },
  ]);
});

Deno.test("randomSearch() takes an accuracy of zero", async () => {
  const { context } = fakeContext([4], () => 0);
  assertEquals(await randomSearch(context, { candidates: 1 }), { choices: { conv: 4 } });
});

Deno.test("randomSearch() stops when progress throws", async () => {
  const { context, scored } = fakeContext([4, 6], () => 0.5);
  const stopped = { ...context, progress: () => Promise.reject(new Error("stopped")) };
  await assertRejects(() => randomSearch(stopped, { candidates: 2 }), Error, "stopped");
  assertEquals(scored, [4]);
});
