import { EspalierError, ofType, type Phase, pipeline, readJournal } from "@espalier/core";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { createPruner } from "./pruner.ts";
import { CONFIG } from "./testing.ts";

/** A pruner of one phase. */
function doing(run: Phase<object, object>["run"]) {
  const phase: Phase<object, object> = { name: "do", version: "1", uses: [], run };
  return createPruner({ ...CONFIG, pipeline: pipeline().phase(phase) });
}

const failure = (result: Promise<unknown>): Promise<EspalierError> =>
  result.then(() => assert(false, "it settled"), (error) => error);

/** What lies in a folder and below it. */
function listing(path: string, prefix = ""): string[] {
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listing(`${path}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`]
  ).sort();
}

Deno.test("run() refuses a directory that is none, before any work", () => {
  const pruner = doing(() => Promise.resolve({}));
  const refusal = (directory: unknown) =>
    assertThrows(() => pruner.run({ directory: directory as string }), EspalierError).code;
  for (const directory of ["", "a\0b"]) assertEquals(refusal(directory), "ERR_PATH_INVALID");
  assertEquals(refusal(5), "ERR_CONFIG_INVALID");
});

Deno.test("a second run in a folder is refused by the owner's process, or waits for it", () =>
  withFolder(async (path) => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<object>();
    let works = 0;
    const pruner = doing(() => {
      works++;
      started.resolve();
      return finish.promise;
    });
    const directory = `${path}/a`;
    const first = pruner.run({ directory });
    await started.promise;
    const refused = await failure(pruner.run({ directory }).result);
    assertEquals(refused.code, "ERR_RUN_BUSY");
    assertStringIncludes(refused.message, `process ${Deno.pid}`);
    assertEquals(
      (await failure(pruner.run({ directory, seed: 2, wait: true }).result)).code,
      "ERR_RUN_OTHER",
    );
    const second = pruner.run({ directory, wait: true });
    second.events$.pipe(ofType("run:wait")).subscribe(() => finish.resolve({ done: 1 }));
    assertEquals([await first.result, await second.result], [{ done: 1 }, { done: 1 }]);
    assertEquals(works, 1);
    const starts = (await readJournal(directory)).filter(({ type }) => type === "run:start");
    assertEquals(starts.length, 2);
  }));

Deno.test("a run says that its folder was removed, and does not make it anew", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    const during = doing(async () => {
      await Deno.remove(directory, { recursive: true });
      return {};
    });
    assertEquals((await failure(during.run({ directory }).result)).code, "ERR_RUN_REMOVED");
    const after = doing(() => Promise.resolve({ other: 1 })).run({ directory, seed: 2 });
    after.events$.pipe(ofType("phase:end")).subscribe(() =>
      Deno.removeSync(directory, { recursive: true })
    );
    assertEquals((await failure(after.result)).code, "ERR_RUN_REMOVED");
    assertEquals(listing(path).filter((name) => !name.startsWith("artifacts/")), []);
  }));

Deno.test("a failing run rejects with its first reason, whatever fails after it", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    const first = new RangeError("first");
    const pruner = doing(async () => {
      await Deno.remove(directory, { recursive: true });
      throw first;
    });
    const error = await failure(pruner.run({ directory }).result) as EspalierError;
    assertStrictEquals(error.cause, first);
  }));

Deno.test("what phases keep never leaves the run's folder", () =>
  withFolder(async (path) => {
    for (const name of ["..", "../out", "/out", "a/b", "a\\b", "a\0", "", "k".repeat(300), "con"]) {
      const run = doing(async ({ keep }) => ({ at: await keep(name, {}) ?? null }));
      const error = await failure(run.run({ directory: `${path}/a` }).result);
      assertEquals(error.code, "ERR_PATH_INVALID", name);
    }
    assertEquals(listing(path), ["a/journal.jsonl", "a/run.json"]);
  }));

Deno.test("a run sweeps what dead processes left in its folders", () =>
  withFolder(async (path) => {
    const pruner = doing(() => Promise.resolve({}));
    await pruner.run({ directory: `${path}/a` }).result;
    const before = listing(path);
    const part = `.${crypto.randomUUID()}.part`;
    await Deno.writeTextFile(`${path}/a/run.json${part}`, "{");
    await Deno.writeTextFile(`${path}/artifacts/k.artifact${part}`, "{");
    await Deno.writeTextFile(`${path}/artifacts/k.artifact.lock`, "");
    await Deno.writeTextFile(`${path}/a/run.lock`, '{"pid":1,"since":"2026"}');
    await pruner.run({ directory: `${path}/a` }).result;
    assertEquals(listing(path), before);
  }));
