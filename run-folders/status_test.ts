import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { type RunStatus, runStatus } from "./mod.ts";
import { filesBelow, inSearch, PHASES, SEARCH, toyRun } from "./testing.ts";

const states = ({ phases }: RunStatus) => phases.map(({ name, state }) => [name, state]);

const SEARCHING = PHASES.map((
  name,
  i,
) => [name, i < SEARCH ? "done" : i === SEARCH ? "begun" : "later"]);

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await filesBelow(folder)).map(async (path) =>
    (await Deno.stat(`${folder}/${path}`)).size
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

for (const inside of [false, true]) {
  Deno.test(`runStatus() of a run that is over counts all files, store ${inside ? "in" : "beside"} it`, () =>
    withFolder(async (folder) => {
      const directory = `${folder}/run`;
      await toyRun(directory, inside ? { store: `${directory}/artifacts` } : {});
      const status = await runStatus(directory);
      assertEquals(status.state, "done");
      assertEquals([status.network, status.engine, status.seed, status.starts], [
        ...["toy", "cpu"],
        ...[1, 1],
      ]);
      assertEquals(states(status), PHASES.map((name) => [name, "done"]));
      assertEquals(status.bytes, await sizeOf(folder));
      assert(Math.abs(Date.parse(status.written) - Date.now()) < 60_000);
    }));
}

Deno.test("runStatus() tells of a run under way, a stopped one, one that goes on and a dead one", () =>
  withFolder(async (folder) => {
    const directory = `${folder}/run`;
    let running: Promise<RunStatus> | undefined;
    await toyRun(directory, {
      stopAt(event) {
        if (inSearch(event)) running ??= runStatus(directory);
        return inSearch(event);
      },
    });
    const during = await running!;
    assertEquals(during.state, "running");
    assertStringIncludes(during.owner!, `process ${Deno.pid}`);

    const stopped = await runStatus(directory);
    assertEquals([stopped.state, stopped.starts, stopped.owner], ["stopped", 1, undefined]);
    assertEquals(states(stopped), SEARCHING);
    assertEquals([stopped.phases[SEARCH]!.done, stopped.phases[SEARCH]!.saved], [0.5, 0.5]);
    assert(stopped.phases[SEARCH]!.bytes > 0);
    assertEquals(stopped.bytes, await sizeOf(folder));

    const journal = await Deno.readTextFile(`${directory}/journal.jsonl`);
    const lines = journal.trimEnd().split("\n");
    assert(lines.at(-1)!.includes("run:abort"));
    const without = lines.slice(0, -1).map((line) => `${line}\n`).join("");
    await Deno.writeTextFile(`${directory}/journal.jsonl`, without);
    assertEquals((await runStatus(directory)).state, "died");
    const fail = { type: "run:fail", runId: "1", error: { name: "Error", message: "no" } };
    await Deno.writeTextFile(`${directory}/journal.jsonl`, `${without}${JSON.stringify(fail)}\n`);
    const failed = await runStatus(directory);
    assertEquals([failed.state, failed.error], ["failed", fail.error]);

    // Its state is gone: the phase starts over.
    for (const name of await filesBelow(`${folder}/artifacts`)) {
      if (name.includes("checkpoint")) await Deno.remove(`${folder}/artifacts/${name}`);
    }
    assertEquals((await runStatus(directory)).phases[SEARCH]!.saved, 0);
    await toyRun(directory);
    const done = await runStatus(directory);
    assertEquals([done.state, done.starts], ["done", 2]);
  }));

Deno.test("runStatus() refuses a folder without a run", () =>
  withFolder(async (folder) => {
    for (const path of [folder, `${folder}/none`]) {
      const error = await assertRejects(() => runStatus(path));
      assertEquals((error as { code?: string }).code, "ERR_CONFIG_INVALID");
    }
    assertEquals(await filesBelow(folder), []);
  }));
