import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { cacheFolder, findLibraryIn, inspect, mark, variantFolder } from "./folder.ts";
import { withFolder } from "./testing.ts";

async function make(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "library"), "12345");
  await mark(folder, [{ path: "library", bytes: 5, sha256: "of 12345" }]);
}

Deno.test("cacheFolder() follows XDG_CACHE_HOME where it is absolute", () => {
  assertEquals(cacheFolder("/kept"), "/kept/espalier/native");
  for (const ignored of ["relative", ""]) {
    assert(cacheFolder(ignored).endsWith(".cache/espalier/native"));
  }
});

Deno.test("inspect() tells an absent, a damaged and a whole library apart", () =>
  withFolder(async (root) => {
    const folder = join(root, "library");
    assertEquals(await inspect(folder), { state: "absent" });
    await make(folder);
    assertEquals(await inspect(folder), { state: "installed" });
    const damaged = (reason: string) => ({ state: "damaged", reason } as const);
    const digest = async (path: string) => `of ${await Deno.readTextFile(path)}`;
    assertEquals(await inspect(folder, digest), { state: "installed" });
    await Deno.writeTextFile(join(folder, "library"), "12346");
    assertEquals(await inspect(folder), { state: "installed" });
    assertEquals(
      await inspect(folder, digest),
      damaged("the digest of library is not that in installed.json"),
    );
    await Deno.writeTextFile(join(folder, "library"), "123");
    assertEquals(await inspect(folder), damaged("library has 3 of 5 bytes"));
    await Deno.remove(join(folder, "library"));
    assertEquals(await inspect(folder), damaged("library is missing"));
    const odd = ['{ "fi', "null", "{}", "[]", "1", '{"files":[]}', '{"files":[null]}'];
    for (const text of [...odd, '{"files":{}}', '{"files":[{"path":"library"}]}', ""]) {
      await Deno.writeTextFile(join(folder, "installed.json"), text);
      assertEquals(await inspect(folder), damaged("installed.json cannot be read"), text);
    }
    await Deno.remove(join(folder, "installed.json"));
    assertEquals(await inspect(folder), damaged("installed.json cannot be read"));
  }));

Deno.test("findLibraryIn() prefers the library that finds a GPU", () =>
  withFolder(async (root) => {
    const [cpu, gpu] = [variantFolder("cpu", root), variantFolder("gpu", root)];
    assertEquals(await findLibraryIn(root), {
      reason: "it is not installed",
      remedy: "`deno task native` installs it",
    });
    await make(cpu);
    assertEquals(await findLibraryIn(root), { folder: join(cpu, "tensorflow") });
    await make(gpu);
    assertEquals(await findLibraryIn(root), { folder: join(gpu, "tensorflow") });
    await Deno.remove(join(gpu, "library"));
    assertEquals(await findLibraryIn(root), { folder: join(cpu, "tensorflow") });
    await Deno.remove(join(cpu, "library"));
    const reason = "its library is damaged: library is missing";
    assertEquals(await findLibraryIn(root), { reason, remedy: "`deno task native` repairs it" });
    await Deno.remove(cpu, { recursive: true });
    const remedy = "`deno task native --gpu` repairs it";
    assertEquals(await findLibraryIn(root), { reason, remedy });
  }));
