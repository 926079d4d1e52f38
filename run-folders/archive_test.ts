import { tryLock } from "@espalier/core/run";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { unzipSync } from "fflate";
import { dirname } from "node:path";
import { withFolder } from "../core/testing.ts";
import { archiveRun, unreferenced } from "./mod.ts";
import { filesBelow, inSearch, toyRun } from "./testing.ts";

/** Lay out a zip file as any program would. */
async function unpack(file: string, into: string): Promise<void> {
  for (const [name, bytes] of Object.entries(unzipSync(await Deno.readFile(file)))) {
    await Deno.mkdir(`${into}/${dirname(name)}`, { recursive: true });
    await Deno.writeFile(`${into}/${name}`, bytes);
  }
}

async function contentsOf(folder: string): Promise<Record<string, Uint8Array>> {
  const paths = await filesBelow(folder);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await Deno.readFile(`${folder}/${path}`)])),
  );
}

for (const inside of [false, true]) {
  Deno.test(`a run that was archived goes on elsewhere, store ${inside ? "in" : "beside"} it`, () =>
    withFolder(async (folder) => {
      const more = (at: string) => inside ? { store: `${at}/run/artifacts` } : {};
      const [here, there, whole] = ["here", "there", "whole"].map((name) => `${folder}/${name}`);
      await toyRun(`${here}/run`, { ...more(here!), stopAt: inSearch });
      const packed = await contentsOf(here!);
      if (!inside) await toyRun(`${here}/other`, { seed: 2 });
      const out = `${folder}/run.zip`;
      const { files, bytes } = await archiveRun(`${here}/run`, { out });
      assertEquals([files, bytes], [Object.keys(packed).length, (await Deno.stat(out)).size]);
      await unpack(out, there!);
      assertEquals(await contentsOf(there!), packed);

      const error = await assertRejects(() => toyRun(`${there}/run`, { ...more(there!), seed: 2 }));
      assertEquals((error as { code?: string }).code, "ERR_RUN_OTHER");
      assertStringIncludes(String(error), "seed (1 there, 2 here)");
      const resumed = await toyRun(`${there}/run`, more(there!));
      const uninterrupted = await toyRun(`${whole}/run`, more(whole!));
      assertEquals(resumed!.architecture, uninterrupted!.architecture);
      const [weights, expected] = [there, whole].map((at) =>
        Deno.readFileSync(`${at}/run/model/weights.bin`)
      );
      assertEquals(weights, expected);
      if (!inside) assertEquals(await unreferenced(there!), []);
    }));
}

Deno.test("archiveRun() refuses a run under way, and leaves nothing where it fails", () =>
  withFolder(async (folder) => {
    await toyRun(`${folder}/run`, { stopAt: inSearch });
    const before = await filesBelow(folder);
    const held = (await tryLock(`${folder}/run/run.lock`))!;
    const codeOf = async (directory: string, out: string) =>
      (await assertRejects(() => archiveRun(directory, { out })) as { code?: string }).code;
    assertEquals(await codeOf(`${folder}/run`, `${folder}/run.zip`), "ERR_RUN_BUSY");
    held.release();
    assertEquals(await codeOf(folder, `${folder}/run.zip`), "ERR_CONFIG_INVALID");
    const missing = await codeOf(`${folder}/run`, `${folder}/none/run.zip`);
    assertEquals(missing, "ERR_PATH_INVALID");
    await Deno.mkdir(`${folder}/taken`);
    assert(await codeOf(`${folder}/run`, `${folder}/taken`));
    assertEquals(await filesBelow(folder), before);
  }));
