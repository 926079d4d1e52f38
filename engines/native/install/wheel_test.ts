import { assertEquals, assertRejects } from "@std/assert";
import type { EspalierError } from "@espalier/core";
import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { toInstallError } from "./error.ts";
import { wheelOf, withFolder, zip } from "./testing.ts";
import { unpack } from "./wheel.ts";

const bytes = Uint8Array.from({ length: 3 << 20 }, (_, i) => i * i % 251);

Deno.test("unpack() writes the picked entries, stored or deflated, and counts bytes", () =>
  withFolder(async (folder) => {
    const path = join(folder, "wheel");
    await Deno.writeFile(path, zip({ "a/stored": bytes, "a/deflated": bytes, "b/other": bytes }));
    const seen: number[] = [];
    const files = await unpack(path, folder, {
      pick: /^a\//,
      onBytes: (done, total) => seen.push(done / total),
    });
    assertEquals(files, [
      { path: "a/stored", bytes: bytes.length },
      { path: "a/deflated", bytes: bytes.length },
    ]);
    for (const { path } of files) assertEquals(await Deno.readFile(join(folder, path)), bytes);
    await assertRejects(() => Deno.stat(join(folder, "b")), Deno.errors.NotFound);
    assertEquals(seen.at(-1), 1);
    assertEquals(seen, seen.toSorted((a, b) => a - b));
  }));

Deno.test("unpack() fails with a name when the disk is full", () =>
  withFolder(async (folder) => {
    const path = join(folder, "wheel");
    await Deno.writeFile(path, zip({ "a": bytes, "b": bytes }));
    await Deno.symlink("/dev/full", join(folder, "b"));
    const options = { pick: /./, onBytes: () => {} };
    const error = await assertRejects(() => unpack(path, folder, options));
    const named = toInstallError(error, folder) as EspalierError;
    assertEquals(named.code, "ERR_INSTALL_DISK");
  }));

Deno.test("unpack() stops at its signal", () =>
  withFolder(async (folder) => {
    const path = join(folder, "wheel");
    await Deno.writeFile(path, zip({ "a": bytes, "b": bytes }));
    const stop = new AbortController();
    const options = { pick: /./, onBytes: () => stop.abort(), signal: stop.signal };
    const error = await assertRejects(() => unpack(path, folder, options));
    assertEquals((toInstallError(error, folder) as EspalierError).code, "ERR_ABORTED");
  }));

Deno.test("sha256() digests a file and counts its bytes", () =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    await Deno.writeFile(path, bytes);
    let last = 0;
    assertEquals(await sha256(path, (done) => last = done), wheelOf(bytes).sha256);
    assertEquals(last, bytes.length);
  }));
