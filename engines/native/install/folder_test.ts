import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { cacheFolder, findLibrary, inspect, mark, variantFolder } from "./folder.ts";

async function withCache(run: (root: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("XDG_CACHE_HOME");
  const root = await Deno.makeTempDir();
  try {
    Deno.env.set("XDG_CACHE_HOME", root);
    await run(root);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(root, { recursive: true });
  }
}

async function make(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "library"), "12345");
  await mark(folder, [{ path: "library", bytes: 5 }]);
}

Deno.test("cacheFolder() is in the user's cache", () =>
  withCache((root) => Promise.resolve(assertEquals(cacheFolder(), join(root, "espalier/native")))));

Deno.test("inspect() tells an absent, a damaged and a whole library apart", () =>
  withCache(async (root) => {
    const folder = join(root, "library");
    assertEquals(await inspect(folder), { state: "absent" });
    await make(folder);
    assertEquals(await inspect(folder), { state: "installed" });
    const damaged = (reason: string) => ({ state: "damaged", reason } as const);
    await Deno.writeTextFile(join(folder, "library"), "123");
    assertEquals(await inspect(folder), damaged("library has 3 of 5 bytes"));
    await Deno.remove(join(folder, "library"));
    assertEquals(await inspect(folder), damaged("library is missing"));
    await Deno.writeTextFile(join(folder, "installed.json"), '{ "fi');
    assertEquals(await inspect(folder), damaged("installed.json cannot be read"));
    await Deno.remove(join(folder, "installed.json"));
    assertEquals(await inspect(folder), damaged("installed.json cannot be read"));
  }));

Deno.test("findLibrary() prefers the library that finds a GPU", () =>
  withCache(async () => {
    assertEquals(await findLibrary(), { reason: "it is not installed" });
    await make(variantFolder("cpu"));
    assertEquals(await findLibrary(), { folder: join(variantFolder("cpu"), "tensorflow") });
    await make(variantFolder("gpu"));
    assertEquals(await findLibrary(), { folder: join(variantFolder("gpu"), "tensorflow") });
    await Deno.remove(join(variantFolder("gpu"), "library"));
    assertEquals(await findLibrary(), { folder: join(variantFolder("cpu"), "tensorflow") });
    await Deno.remove(join(variantFolder("cpu"), "library"));
    const { reason } = await findLibrary();
    assertEquals(reason, "its library is damaged: library is missing");
  }));
