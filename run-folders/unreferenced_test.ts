import { readJournal } from "@espalier/core";
import { tryLock } from "@espalier/core/run";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { removeUnreferenced, unreferenced } from "./mod.ts";
import { filesBelow, inSearch, PHASES, toyRun } from "./testing.ts";

const codeOf = async (work: () => Promise<unknown>) =>
  (await assertRejects(work) as { code?: string }).code;

Deno.test("what only a removed run referred to is found and removed, and nothing else", () =>
  withFolder(async (folder) => {
    const artifacts = () => filesBelow(`${folder}/artifacts`);
    await toyRun(`${folder}/one`);
    const ofOne = await artifacts();
    await toyRun(`${folder}/deep/two`, { seed: 2, stopAt: inSearch, store: `${folder}/artifacts` });
    assertEquals(await unreferenced(folder), []);

    await Deno.remove(`${folder}/deep`, { recursive: true });
    const all = await artifacts();
    const rest = all.filter((name) => !ofOne.includes(name));
    assert(rest.some((name) => name.includes("checkpoint")));
    const found = await unreferenced(folder);
    assertEquals(found.map(({ path }) => path), rest.map((name) => `${folder}/artifacts/${name}`));
    for (const { path, bytes } of found) assertEquals((await Deno.stat(path)).size, bytes);
    assertEquals(await artifacts(), all);

    const held = (await tryLock(`${folder}/one/run.lock`))!;
    assertEquals(await codeOf(() => removeUnreferenced(folder)), "ERR_RUN_BUSY");
    held.release();
    assertEquals(await artifacts(), all);
    assertEquals(await removeUnreferenced(folder), found);
    assertEquals(await artifacts(), ofOne);
    await toyRun(`${folder}/one`);
    const events = await readJournal(`${folder}/one`);
    assertEquals(events.filter((event) => "cached" in event && event.cached).length, PHASES.length);
  }));

Deno.test("unfinished work is needed as long as its phase is not finished", () =>
  withFolder(async (folder) => {
    await toyRun(`${folder}/run`, { stopAt: inSearch });
    assertEquals(await unreferenced(folder), []);
    const [checkpoint] = (await filesBelow(`${folder}/artifacts`))
      .filter((name) => name.includes("checkpoint"));
    const path = `${folder}/artifacts/${checkpoint}`;
    await Deno.copyFile(path, path.replace(/\.checkpoint-\d/, ""));
    assert((await unreferenced(folder)).some((file) => file.path === path));
  }));

Deno.test("a folder without a store, and a run that cannot say what it needs, are refused", () =>
  withFolder(async (folder) => {
    assertEquals(await codeOf(() => unreferenced(folder)), "ERR_CONFIG_INVALID");
    await toyRun(`${folder}/run`, { stopAt: inSearch });
    await Deno.writeTextFile(`${folder}/run/journal.jsonl`, "no event\n");
    assertEquals(await codeOf(() => removeUnreferenced(folder)), "ERR_JOURNAL_CORRUPT");
  }));
