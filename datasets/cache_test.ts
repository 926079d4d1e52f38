import { assert, assertEquals } from "@std/assert";
import { cachePath, readCache, writeCache } from "./cache.ts";

const BYTES = new TextEncoder().encode("abc");
// The first example of FIPS 180-2.
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("cachePath() follows XDG_CACHE_HOME where it is absolute", () => {
  assertEquals(cachePath("a.bin", "/kept"), "/kept/espalier/a.bin");
  for (const ignored of ["relative", ""]) {
    assert(cachePath("a.bin", ignored).endsWith("/.cache/espalier/a.bin"));
  }
});

Deno.test("readCache() gives what writeCache() kept, and nothing that is cut or altered", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/abc.bin`;
  assertEquals(await readCache(path, DIGEST), undefined);
  await writeCache(path, BYTES);
  assertEquals(await readCache(path, DIGEST), BYTES);
  assertEquals([...Deno.readDirSync(`${folder}/new`)].map(({ name }) => name), ["abc.bin"]);
  for (const damaged of ["ab", "abd"]) {
    await Deno.writeTextFile(path, damaged);
    assertEquals(await readCache(path, DIGEST), undefined);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("writeCache() leaves nothing behind where it cannot write", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "");
  await writeCache(`${folder}/file/abc.bin`, BYTES);
  await Deno.mkdir(`${folder}/taken/abc.bin/inside`, { recursive: true });
  await writeCache(`${folder}/taken/abc.bin`, BYTES);
  assertEquals([...Deno.readDirSync(`${folder}/taken`)].map(({ name }) => name), ["abc.bin"]);
  await Deno.remove(folder, { recursive: true });
});
