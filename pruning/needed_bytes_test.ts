import { folderStore, memoryStore, ofType, type Phase, pipeline } from "@espalier/core";
import { resnet } from "@espalier/networks";
import { assert, assertEquals } from "@std/assert";
import { TOY, withFolder } from "../core/testing.ts";
import { neededBytes } from "./needed_bytes.ts";
import { createPruner } from "./pruner.ts";
import { CONFIG } from "./testing.ts";

Deno.test("neededBytes() is 4 P (n + 6)", () => {
  // A 3×3 convolution of 1 to 4 channels, its norm, a classifier of 2 classes.
  const parameters = 3 * 3 * 4 + 2 * 4 + 4 * 2 + 2;
  assertEquals(neededBytes(TOY, 6), 4 * parameters * 12);
  // 0.853 million parameters (He et al., 2016, table 6): some 40 MB.
  assertEquals(Math.round(neededBytes(resnet({ depth: 56, classes: 10 }), 6) / 1e6), 41);
});

Deno.test("a run whose store has too little room says so and goes on; others say nothing", async () => {
  const phase: Phase<object, object> = {
    name: "do",
    version: "1",
    uses: [],
    run: () => Promise.resolve({}),
  };
  await using pruner = createPruner({ ...CONFIG, pipeline: pipeline().phase(phase) });
  const warnings = async (free?: () => Promise<number | undefined>) => {
    const found: object[] = [];
    const run = pruner.run({ store: { ...memoryStore(), ...free && { free } } });
    run.events$.pipe(ofType("run:disk")).subscribe(({ neededBytes, freeBytes }) =>
      found.push({ neededBytes, freeBytes })
    );
    await run.result;
    return found;
  };
  const needed = 4 * 54 * (1 + 6);
  const short = [{ neededBytes: needed, freeBytes: needed - 1 }];
  assertEquals(await warnings(() => Promise.resolve(needed - 1)), short);
  assertEquals(await warnings(() => Promise.resolve(needed)), []);
  assertEquals(await warnings(() => Promise.resolve(undefined)), []);
  assertEquals(await warnings(), []);
});

Deno.test("a folder's store tells the room on its disk", () =>
  withFolder(async (folder) => {
    const free = await folderStore(folder).free!();
    assert(free !== undefined && Number.isSafeInteger(free) && free > 0);
    assertEquals(await folderStore(`${folder}/none`).free!(), undefined);
  }));
