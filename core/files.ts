import { EspalierError } from "./errors.ts";

const PERMISSION = new Set(["EACCES", "EPERM", "EROFS", "NotCapable", "PermissionDenied"]);

function codeOf(error: unknown): string | undefined {
  const { code, name } = Object(error) as { code?: string; name?: string };
  return code ?? name;
}

/** Whether a call of node:fs failed because the file is missing. */
export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

/** Whether a call of node:fs failed because the file exists already. */
export const isThere = (error: unknown): boolean => codeOf(error) === "EEXIST";

/** The error of a file operation: ERR_PERMISSION if permission was lacking, else unchanged. */
export function fileError(error: unknown, verb: string, path: string): unknown {
  return PERMISSION.has(codeOf(error) ?? "") ? permissionError(error, verb, path) : error;
}

function permissionError(cause: unknown, verb: string, path: string): EspalierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EspalierError(
    "ERR_PERMISSION",
    `Cannot ${verb} "${path}" as permission is required: ${reason}. ` +
      `Allow it (in Deno with --allow-read and --allow-write), or choose another folder.`,
    { cause },
  );
}

/** Loaded when first needed, so that core also loads in browsers. */
export const files = (): Promise<typeof import("node:fs/promises")> => import("node:fs/promises");

/** Make a folder and prove that files can be written into it. */
export async function prepareFolder(path: string): Promise<void> {
  const fs = await files();
  const probe = `${path}/.probe-${crypto.randomUUID()}`;
  try {
    await fs.mkdir(path, { recursive: true });
    await fs.writeFile(probe, "");
    await fs.rm(probe);
  } catch (error) {
    throw permissionError(error, "write into", path);
  }
}

/** Write a temporary file and rename it: a reader sees the old file or the new one, never a part. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const fs = await files();
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  try {
    await fs.writeFile(temporary, content);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw fileError(error, "write", path);
  }
}
