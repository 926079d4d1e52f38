import { readJournal } from "@espalier/core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../../core/testing.ts";
import type { StudyTable } from "../results/table.ts";
import { isHalfway, letGo, ownerOf, owners, startProgram, steps } from "../start_testing.ts";

const PROGRAM = new URL("./program_testing.ts", import.meta.url).pathname;
const start = (...args: readonly string[]) => startProgram(PROGRAM, args);

/** Two strategies and two seeds, 8 steps each. */
const ALL_STEPS = 32;

Deno.test("a study whose workers, then whose own process are killed goes on, and ends the same", () =>
  withFolder(async (base) => {
    await letGo(`${base}/whole`);
    const whole = await start(`${base}/whole`, "0").end();
    assertEquals([whole.code, (await steps(`${base}/whole`)).length], [0, ALL_STEPS]);

    // A worker dies: another one goes on from its checkpoint.
    const study = `${base}/study`;
    const first = start(study, "2");
    const victim = await ownerOf(study, await first.line(isHalfway));
    Deno.kill(victim.pid, "SIGKILL");
    await first.line(({ type }) => type === "study/worker-lost");
    await first.line(({ event, type }) => type === "study/event" && event!.type === "run:resume");
    const resumed = (await readJournal(victim.path)).find(({ type }) => type === "run:resume");
    assert(Object(resumed).done > 0);

    // The study's process is killed: its workers save their work and end.
    first.child.kill("SIGKILL");
    await first.end();
    for (let tries = 0; (await owners(study)).length > 0; tries++) {
      assert(tries < 100, "workers outlive their study");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    // It goes on, is stopped by Ctrl-C, and goes on.
    const second = start(study, "2");
    await second.line(({ event }) => event?.type === "run:resume");
    second.child.kill("SIGINT");
    assertEquals((await second.end()).code, 130);
    assertEquals(await owners(study), []);
    await letGo(study);
    const last = await start(study, "2").end();
    assertEquals([last.code, last.rows], [0, whole.rows], last.errors);
    assertEquals((await steps(study)).length, ALL_STEPS, "no step is done twice");
  }));

Deno.test("a run that kills its workers stands in the table with what is known", () =>
  withFolder(async (base) => {
    await letGo(`${base}/study`);
    const program = start(`${base}/study`, "1", "deadly");
    const { code, rows, errors } = await program.end();
    assertEquals(code, 0, errors);
    const failed = (rows as StudyTable["rows"]).filter(({ failed }) => failed.length > 0);
    assertEquals(failed.map(({ cell }) => cell["strategy"]), ["deadly", "deadly"]);
    for (const { error } of failed.flatMap(({ failed }) => failed)) {
      assertEquals(error.code, "ERR_STUDY_WORKER");
      assertStringIncludes(error.message, "code 3");
    }
  }));

Deno.test("phases without a version are computed by each run, on workers too", () =>
  withFolder(async (base) => {
    await letGo(`${base}/study`);
    const { code, rows, errors } = await start(`${base}/study`, "2", "loose").end();
    assertEquals(code, 0, errors);
    const values = (rows as StudyTable["rows"]).map(({ metric }) => metric?.values.length);
    assertEquals(values, [2, 2, 2, 2]);
  }));

Deno.test("a worker that would compute something else is refused", () =>
  withFolder(async (base) => {
    await letGo(`${base}/study`);
    const { code, errors } = await start(`${base}/study`, "1", "different").end();
    assertEquals(code, 1);
    assertStringIncludes(errors, "must compute what the study planned");
  }));
