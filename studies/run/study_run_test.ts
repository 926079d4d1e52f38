import { EspalierError, ofType } from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { lastValueFrom, toArray } from "rxjs";
import { withFolder } from "../../core/testing.ts";
import { createStudy } from "../study.ts";
import { CONFIG, drawing, type Log, thorough } from "../testing.ts";
import type { StudyResult } from "./run_study.ts";

/** What does not depend on when and how often work was done. */
function numbers({ table, cells }: StudyResult) {
  const rows = table.rows.map(({ spent: _, ...row }) => row);
  return { rows, reports: cells.map(({ runs }) => runs.map(({ report }) => report)) };
}

Deno.test("a study computes every phase once, and compares its cells", async () => {
  const log: Log = [];
  const study = createStudy({ ...CONFIG, pipeline: drawing({ log }) });
  const { runs, phases } = await study.plan();
  assertEquals([runs.length, phases.length], [12, 3 + 6 + 12]);
  const run = study.run();
  const events = lastValueFrom(run.events$.pipe(toArray()));
  const { table, cells } = await run.result;
  assertEquals(
    ["teach", "find", "evaluate"].map((name) => log.filter((phase) => phase === name).length),
    [3, 6, 12],
  );
  assertEquals(cells.map(({ runs }) => runs.map(({ seed }) => seed)), new Array(4).fill([1, 2, 3]));
  const [greedyNo, , thoroughNo] = table.rows;
  assert(greedyNo!.isBaseline && greedyNo!.against === undefined);
  // Half of what the search gains, and of the numbers that it draws, which are below 0.01.
  assertAlmostEquals(thoroughNo!.against!.mean, 0.05, 0.005);
  assertEquals(thoroughNo!.against!.with, "strategy=greedy, tuning=no");
  assertEquals([thoroughNo!.against!.p, thoroughNo!.against!.leastP], [0.25, 0.25]);
  assertEquals([table.metric, table.cost, table.share], ["accuracy", "channels", true]);
  assertEquals(greedyNo!.cost!.mean, 0.5);
  const teacher = cells[0]!.runs[0]!.phases[0]!;
  assertEquals([teacher.phase, teacher.shared], ["teach", true]);
  assertEquals(teacher.epochs.map(({ epoch, loss }) => [epoch, loss]), [[1, 1], [2, 0.5]]);
  const types = (await events).map(({ type }) => type);
  assertEquals(types.filter((type) => type === "study/run-end").length, 12);
  assertEquals([types[0], types.at(-1)], ["study/start", "run:end"]);
});

Deno.test("a cell that fails stands in the table, and its siblings are done", async () => {
  const log: Log = [];
  const before = (phase: string, gain: number) => {
    if (phase === "find" && gain > 0) throw new Error("no more");
  };
  const study = createStudy({ ...CONFIG, pipeline: drawing({ log, before }) });
  const run = study.run();
  const failures = lastValueFrom(run.events$.pipe(ofType("study/run-fail"), toArray()));
  const { table } = await run.result;
  const { rows: [greedyNo, , ...thoroughly] } = table;
  assertEquals(greedyNo!.failed, []);
  assertEquals(greedyNo!.metric!.values.length, 3);
  for (const row of thoroughly) {
    assertEquals(row.metric, undefined);
    assertEquals(row.failed.map(({ seed }) => seed), [1, 2, 3]);
    assertEquals(row.failed[0]!.error.code, "ERR_PHASE_FAILED");
  }
  assertEquals((await failures).length, 6);
  // What two cells share is not tried twice.
  assertEquals(log.filter((phase) => phase === "find").length, 3);
});

Deno.test("a study that is stopped goes on, and ends as if it had not been", () =>
  withFolder(async (folder) => {
    const whole = await createStudy({ ...CONFIG, pipeline: drawing() }).run().result;
    const log: Log = [];
    const stop = new AbortController();
    const before = () => {
      if (log.length === 7) stop.abort(new EspalierError("ERR_ABORTED", "enough"));
    };
    const stopped = createStudy({ ...CONFIG, pipeline: drawing({ log, before }) });
    const options = { directory: folder, workers: 0 };
    await assertRejects(
      () => stopped.run({ ...options, signal: stop.signal }).result,
      EspalierError,
      "enough",
    );
    const made = log.length;
    assert(made < 21);
    const study = createStudy({ ...CONFIG, pipeline: drawing({ log }) });
    const there = (await study.plan({ directory: folder })).phases.filter(({ there }) => there);
    assert(there.length >= 7 && there.length <= made);
    const result = await study.run(options).result;
    assertEquals(numbers(result), numbers(whole));
    assert(log.length <= 22, "at most the phase that was stopped is done again");

    // Again: from the cache. More seeds and values: only what is new.
    const before2 = log.length;
    assertEquals(numbers(await study.run(options).result), numbers(whole));
    assertEquals(log.length, before2);
    const more = createStudy({
      ...CONFIG,
      seeds: [1, 2, 3, 4],
      axes: {
        ...CONFIG.axes,
        strategy: { ...CONFIG.axes.strategy, best: thorough({ gain: 0.2 }) },
      },
      pipeline: drawing({ log }),
    });
    const { table } = await more.run(options).result;
    assertEquals(table.rows[0]!.metric!.values.slice(0, 3), whole.table.rows[0]!.metric!.values);
    // Three finds and six evaluations of the new value, all that seed 4 needs: 1 + 3 + 6.
    assertEquals(log.length - before2, 3 + 6 + 10);
    const files = ["table.json", "table.csv", "runs.csv", "table.md", "table.tex", "study.html"];
    for (const file of files) assert((await Deno.stat(`${folder}/${file}`)).size > 0);
  }));

Deno.test("one process at a time has a study's folder", () =>
  withFolder(async (folder) => {
    const inside = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const before = async () => {
      inside.resolve();
      await go.promise;
    };
    const study = createStudy({ ...CONFIG, seeds: [1], pipeline: drawing({ before }) });
    const options = { directory: folder, workers: 0 };
    const first = study.run(options);
    await inside.promise;
    const error = await assertRejects(() => study.run(options).result, EspalierError);
    assertEquals(error.code, "ERR_RUN_BUSY");
    go.resolve();
    await first.result;
  }));

Deno.test("a plan names the cell that cannot be configured, before any work", async () => {
  const budgets = [{ cost: "channels", target: 0.01 }];
  const study = createStudy({ ...CONFIG, budgets, pipeline: drawing() });
  const error = await assertRejects(
    () => study.plan(),
    EspalierError,
    "strategy=greedy, tuning=no",
  );
  assertEquals(error.code, "ERR_BUDGET_UNREACHABLE");
  await assertRejects(() => study.run().result, EspalierError, "strategy=greedy, tuning=no");
});

Deno.test("run() refuses unknown options, and workers without a folder", () => {
  const study = createStudy(CONFIG);
  assertThrows(() => study.run({ worker: 2 } as never), EspalierError, 'did you mean "workers"?');
  assertThrows(() => study.run({ workers: 2 }), EspalierError, "no directory");
});

Deno.test("a program that does not come to its study has no workers", () =>
  withFolder(async (folder) => {
    // This file as a program runs no test, and no study.
    const study = createStudy({ ...CONFIG, pipeline: drawing() });
    const { result } = study.run({ directory: folder, workers: 2 });
    const error = await assertRejects(() => result, EspalierError, "take workers: 0");
    assertEquals(error.code, "ERR_STUDY_WORKER");
  }));
