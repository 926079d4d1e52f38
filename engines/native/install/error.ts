/**
 * Errors of an installation.
 *
 * @module
 */
import { EspalierError, type EspalierErrorCode } from "@espalier/core";

const NO_SPACE = /no space left on device|disk quota exceeded|\[?errno 28\]?|ENOSPC|EDQUOT/i;

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/**
 * An error of an installation.
 *
 * @param code Its code.
 * @param message Why it failed and what helps.
 * @param cause What was thrown, if anything.
 * @returns The error.
 */
export function installError(
  code: EspalierErrorCode,
  message: string,
  cause?: unknown,
): EspalierError {
  const text = `Cannot install the native engine as ${message}`;
  return new EspalierError(code, text, cause === undefined ? {} : { cause });
}

/** The error for a full disk. */
export function diskFull(state: string, cause?: unknown): EspalierError {
  return installError(
    "ERR_INSTALL_DISK",
    `the disk is full: ${state}\n` +
      "Free some space, or set XDG_CACHE_HOME to a folder on another disk.",
    cause,
  );
}

/** Whether a text is about a full disk. */
export function isAboutFullDisk(text: string): boolean {
  return NO_SPACE.test(text);
}

/**
 * Turn an error of the file system or of Deno into one with a code.
 *
 * @param error What was thrown.
 * @param folder Where the installation writes.
 * @returns An error with a code; one that already has a code stays as it is.
 */
export function toInstallError(error: unknown, folder: string): unknown {
  if (error instanceof EspalierError || !(error instanceof Error)) return error;
  if (error.name === "AbortError") {
    return installError("ERR_ABORTED", "it was stopped. Run it again at any time.", error);
  }
  if (error instanceof Deno.errors.NotCapable) {
    return installError("ERR_PERMISSION", `Deno may not do it: ${error.message}`, error);
  }
  if (hasCode(error, "ENOSPC", "EDQUOT") || isAboutFullDisk(error.message)) {
    return diskFull(folder, error);
  }
  if (hasCode(error, "EACCES", "EPERM", "EROFS")) {
    return installError(
      "ERR_INSTALL_DISK",
      `a folder may not be written: ${error.message}\n` +
        "Set XDG_CACHE_HOME to a folder of yours.",
      error,
    );
  }
  return error;
}
