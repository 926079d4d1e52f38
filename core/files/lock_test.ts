import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tryLock } from "./lock.ts";
import { lockByName } from "./lock_by_name.ts";
import { ownerText, thisOwner } from "./lock_owner.ts";
import { holding, withFolder } from "../testing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (const [name, lock] of Object.entries({ tryLock, lockByName })) {
  Deno.test(`${name}() gives a file to one at a time, and removes it at the end`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/x`;
      const tries = await Promise.all(Array.from({ length: 20 }, () => lock(path)));
      const [held, ...others] = tries.filter((one) => one !== undefined);
      assertEquals(others, []);
      await held!.write(bytes("longer"));
      await held!.write(bytes("short"));
      assertEquals(await Deno.readTextFile(path), "short");
      assertEquals(await lock(path), undefined);
      held!.release();
      assertEquals([...Deno.readDirSync(folder)], []);
      (await lock(path))!.release();
    }));

  Deno.test(`${name}() leaves alone what took the place of its file`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/x`;
      const held = await lock(path);
      await Deno.remove(path);
      const next = await lock(path);
      held!.release();
      assertEquals(await lock(path), undefined);
      next!.release();
    }));
}

Deno.test("a lock ends with its process, though that was killed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x`;
    await using other = await holding(path);
    assertEquals(await tryLock(path), undefined);
    assertStringIncludes(await ownerText(path), `process ${other.pid}`);
    await other.kill();
    const held = await tryLock(path);
    assert(held !== undefined);
    held.release();
  }));

Deno.test("lockByName() takes the file of a dead process, never that of another machine", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x`;
    const pid = 2 ** 22 + 1; // above the largest that Linux gives
    const owner = { ...await thisOwner(), pid };
    await Deno.writeTextFile(path, JSON.stringify({ ...owner, host: "elsewhere" }));
    assertEquals(await lockByName(path), undefined);
    assertStringIncludes(await ownerText(path), `process ${pid} on elsewhere, since 2`);
    await Deno.writeTextFile(path, JSON.stringify(owner));
    const held = await lockByName(path);
    assert(held !== undefined);
    held.release();
  }));

Deno.test("lockByName() takes a file without an owner once it is a minute old", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x`;
    await Deno.writeTextFile(path, "");
    assertEquals(await lockByName(path), undefined);
    assertEquals(await ownerText(path), "another process");
    await Deno.utime(path, 0, Date.now() / 1000 - 120);
    (await lockByName(path))!.release();
  }));
