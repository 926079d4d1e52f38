import { nodeModule } from "./node_module.ts";
import { EspalierError, type EspalierErrorCode } from "../errors.ts";

/** Codes of the system, and names of Deno's errors, by what a reader can do about them. */
const REASONS: readonly {
  readonly code: EspalierErrorCode;
  readonly rule: string;
  readonly advice: string;
  readonly from: readonly string[];
}[] = [
  {
    code: "ERR_PERMISSION",
    rule: "permission is required",
    advice: "Allow it (in Deno with --allow-read and --allow-write), or choose another folder.",
    from: ["EACCES", "EPERM", "EROFS", "NotCapable", "PermissionDenied"],
  },
  {
    code: "ERR_DISK_FULL",
    rule: "the disk must have room",
    advice: "Free space or inodes, or raise the quota, and start again: what was finished is kept.",
    from: ["ENOSPC", "EDQUOT", "EFBIG"],
  },
  {
    code: "ERR_PATH_INVALID",
    rule: "its path must be valid and free",
    advice: "Choose another folder or a shorter name, or move away what is in the way.",
    from: [
      ...["EEXIST", "EINVAL", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "ENOTEMPTY"],
      ...["EILSEQ", "ERR_INVALID_ARG_VALUE"],
    ],
  },
];

const OTHER = {
  code: "ERR_FILE_FAILED",
  rule: "the system must carry it out",
  advice: "Check the disk or the share that holds it, and start again: what was finished is kept.",
} as const;

/** The code of a file error: the system's, or the name of Deno's error. */
export function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: string; name?: string };
  return String(code ?? name);
}

/** Whether a call of node:fs failed because the file is missing. */
export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

/** Whether a call of node:fs failed because the file exists already. */
export const isThere = (error: unknown): boolean => codeOf(error) === "EEXIST";

/**
 * The error of a file operation: ERR_PERMISSION, ERR_DISK_FULL, ERR_PATH_INVALID or
 * ERR_FILE_FAILED, which names the path; an EspalierError passes as it is.
 */
export function fileError(cause: unknown, verb: string, path: string): EspalierError {
  if (cause instanceof EspalierError) return cause;
  const { code, rule, advice } = REASONS.find(({ from }) => from.includes(codeOf(cause))) ?? OTHER;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Cannot ${verb} "${path}" as ${rule}: ${reason}. ${advice}`;
  return new EspalierError(code, message, { cause });
}

/**
 * What reading a file or folder gives; undefined if it is missing.
 *
 * @throws {EspalierError} As {@linkcode fileError}, where it is there and cannot be read.
 */
export async function ifThere<T>(
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, "read", path);
  }
}

/** Loaded when first needed, so that core also loads in browsers. */
export const files = (): Promise<typeof import("node:fs/promises")> =>
  nodeModule<typeof import("node:fs/promises")>("fs/promises");
