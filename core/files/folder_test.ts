import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { posix, win32 } from "node:path";
import { EspalierError, type EspalierErrorCode } from "../errors.ts";
import { checkFileName, checkFolder, prepareFolder, writeWhole } from "./folder.ts";
import { tryLock } from "./lock.ts";
import { holding, withFolder } from "../testing.ts";

async function refused(work: Promise<unknown>, code: EspalierErrorCode): Promise<void> {
  assertEquals((await assertRejects(() => work, EspalierError)).code, code);
}

const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("checkFileName() takes only names of files in their folder", () => {
  const parts = fc.constantFrom(
    "..",
    ".",
    "/",
    "\\",
    "\0",
    "a",
    " ",
    "con",
    ":",
    "é",
    "k".repeat(99),
  );
  const name = fc.oneof(
    fc.array(parts, { maxLength: 5 }).map((texts) => texts.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
  );
  fc.assert(fc.property(name, (text) => {
    try {
      checkFileName(text);
    } catch (error) {
      assertEquals((error as EspalierError).code, "ERR_PATH_INVALID");
      return;
    }
    assertEquals(posix.resolve("/folder", text), `/folder/${text}`);
    assertEquals(win32.resolve("C:\\folder", text), `C:\\folder\\${text}`);
  }));
  for (const fine of ["a", "train-last-good", "a.b", "0f3a".repeat(16), "größe"]) {
    checkFileName(fine);
  }
  const bad = [
    "",
    ".",
    "..",
    "a/b",
    "a\\b",
    "a\0",
    "con",
    "NUL.txt",
    "a.",
    "a ",
    "\ud800",
    "ß".repeat(76),
  ];
  for (const name of bad) assertThrows(() => checkFileName(name), EspalierError);
});

Deno.test("a folder's path is a text that is not empty and holds no NUL", () => {
  for (const path of ["", "a\0b", 5, null]) assertThrows(() => checkFolder(path), EspalierError);
  checkFolder("runs/1");
});

Deno.test("prepareFolder() tells why it cannot make a folder", () =>
  withFolder(async (path) => {
    await Deno.writeTextFile(`${path}/file`, "");
    await refused(prepareFolder(`${path}/file`), "ERR_PATH_INVALID");
    await refused(prepareFolder(`${path}/file/x`), "ERR_PATH_INVALID");
    await refused(prepareFolder(`${path}/${"x".repeat(300)}`), "ERR_PATH_INVALID");
    await refused(prepareFolder(`${path}/a\0`), "ERR_PATH_INVALID");
    await refused(prepareFolder(""), "ERR_PATH_INVALID");
    assertEquals(names(path), ["file"]);
  }));

Deno.test("writeWhole() replaces a file, or keeps it, and leaves nothing else", () =>
  withFolder(async (path) => {
    const file = `${path}/a`;
    await writeWhole(file, "1", { replace: false });
    await writeWhole(file, "2", { replace: false });
    assertEquals(await Deno.readTextFile(file), "1");
    await writeWhole(file, "3");
    assertEquals(await Deno.readTextFile(file), "3");
    await Deno.mkdir(`${path}/folder/in-the-way`, { recursive: true });
    await refused(writeWhole(`${path}/folder`, "4"), "ERR_PATH_INVALID");
    await refused(writeWhole(`${path}/missing/a`, "5"), "ERR_PATH_INVALID");
    assertEquals(names(path), ["a", "folder"]);
  }));

Deno.test("prepareFolder() sweeps what dead processes left, and nothing else", () =>
  withFolder(async (path) => {
    const part = () => `${path}/weights.bin.${crypto.randomUUID()}.part`;
    const [dead, live, mine] = [part(), part(), part()];
    await Deno.writeTextFile(dead, "half");
    await Deno.writeTextFile(`${path}/k.artifact.lock`, "");
    await Deno.writeTextFile(`${path}/movie.part`, "a user's");
    await using _other = await holding(live);
    const lock = await tryLock(mine);
    await prepareFolder(path);
    const left = [live, mine].map((file) => file.slice(path.length + 1));
    assertEquals(names(path), ["movie.part", ...left].sort());
    lock!.release();
  }));
