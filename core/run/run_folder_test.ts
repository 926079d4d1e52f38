import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EspalierError, type EspalierErrorCode } from "../errors.ts";
import { holding, withFolder } from "../testing.ts";
import { readJournal } from "./journal.ts";
import { openRunFolder } from "./run_folder.ts";

const { signal } = new AbortController();
const open = (directory: string, seed = 1) => openRunFolder(directory, { seed }, { signal });

async function refusal(work: Promise<unknown>, code: EspalierErrorCode): Promise<string> {
  const error = await assertRejects(() => work, EspalierError);
  assertEquals(error.code, code);
  return error.message;
}

Deno.test("of runs that claim a folder at once exactly one is accepted", () =>
  withFolder(async (path) => {
    for (let i = 0; i < 40; i++) {
      const directory = `${path}/${i}`;
      const seeds = i % 2 === 0 ? [1, 2, 3] : [1, 1, 1];
      const claims = await Promise.allSettled(seeds.map((seed) => open(directory, seed)));
      const won = claims.flatMap((claim, at) => claim.status === "fulfilled" ? [at] : []);
      assertEquals(won.length, 1);
      for (const claim of claims) {
        if (claim.status === "fulfilled") claim.value.close();
        else assert(["ERR_RUN_BUSY", "ERR_RUN_OTHER"].includes(claim.reason.code));
      }
      const { configuration } = JSON.parse(await Deno.readTextFile(`${directory}/run.json`));
      assertEquals(configuration.seed, seeds[won[0]!]);
    }
  }));

Deno.test("a folder is refused while a run has it, by its process, and free when that ends", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    const first = await open(directory);
    const message = await refusal(open(directory), "ERR_RUN_BUSY");
    assertStringIncludes(message, `process ${Deno.pid} `);
    assertStringIncludes(message, "since 20");
    await refusal(open(directory, 2), "ERR_RUN_OTHER");
    first.close();
    (await open(directory)).close();
    const left = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assertEquals(left, ["journal.jsonl", "run.json"]);
  }));

Deno.test("a run that was killed frees its folder", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    (await open(directory)).close();
    await using other = await holding(`${directory}/run.lock`);
    assertStringIncludes(await refusal(open(directory), "ERR_RUN_BUSY"), `process ${other.pid}`);
    await other.kill();
    (await open(directory)).close();
  }));

Deno.test("a run waits for a folder if asked, and an abort ends the waiting", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    const first = await open(directory);
    const owners: string[] = [];
    const onWait = (owner: string) => void owners.push(owner);
    const stop = new AbortController();
    const stopped = openRunFolder(directory, { seed: 1 }, { signal: stop.signal, onWait });
    const waiting = openRunFolder(directory, { seed: 1 }, { signal, onWait });
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 20);
    assertEquals(await stopped.catch((error) => error), reason);
    first.write({ type: "acme/1" });
    first.close();
    const second = await waiting;
    second.write({ type: "acme/2" });
    second.close();
    assertEquals((await readJournal(directory)).map(({ type }) => type), ["acme/1", "acme/2"]);
    assertEquals(owners.length, 2);
    assertStringIncludes(owners[0]!, `process ${Deno.pid}`);
  }));

Deno.test("what counts of a run.json is its configuration, not the hash beside it", () =>
  withFolder(async (path) => {
    const file = `${path}/run.json`;
    (await open(path)).close();
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace('"seed": 1', '"seed": 3'));
    assertStringIncludes(await refusal(open(path), "ERR_RUN_OTHER"), "seed (3 there, 1 here)");
    await Deno.writeTextFile(file, text.replace(/"hash": ".{4}/, '"hash": "0000'));
    (await open(path)).close();
    assertEquals(await Deno.readTextFile(file), text);
  }));
