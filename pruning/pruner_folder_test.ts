import { type EspalierError, type Phase, pipeline } from "@espalier/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
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
  for (const directory of ["", "a\0b", 5]) {
    const error = assertThrows(() => pruner.run({ directory } as { directory: string }));
    assertEquals((error as EspalierError).code, "ERR_PATH_INVALID");
  }
});

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
    await pruner.run({ directory: `${path}/a` }).result;
    assertEquals(listing(path), before);
  }));
