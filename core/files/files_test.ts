import { assertEquals, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { fileError } from "./files.ts";

const withCode = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

Deno.test("fileError() tells what can be done about each failure, with the path", () => {
  const cases: Record<string, readonly string[]> = {
    ERR_PERMISSION: ["EACCES", "EPERM", "EROFS"],
    ERR_DISK_FULL: ["ENOSPC", "EDQUOT"],
    ERR_PATH_INVALID: ["ENAMETOOLONG", "ENOTDIR", "EISDIR", "EEXIST", "ENOENT", "ELOOP"],
    ERR_FILE_FAILED: ["EIO", "EMFILE", "ESTALE"],
  };
  for (const [code, causes] of Object.entries(cases)) {
    for (const cause of causes.map(withCode)) {
      const error = fileError(cause, "write", "runs/1/x");
      assertEquals(error.code, code);
      assertStrictEquals(error.cause, cause);
      assertStringIncludes(error.message, `Cannot write "runs/1/x" as `);
      assertStringIncludes(error.message, cause.message);
    }
  }
  assertEquals(fileError(new Deno.errors.NotCapable("no"), "read", "x").code, "ERR_PERMISSION");
  assertEquals(fileError("odd", "read", "x").code, "ERR_FILE_FAILED");
});

Deno.test("fileError() passes what is explained already", () => {
  const error = new EspalierError("ERR_RUN_OTHER", "gone");
  assertStrictEquals(fileError(error, "write", "x"), error);
});
