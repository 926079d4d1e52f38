/**
 * Functions of the C library that Deno has no API for.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { installCommand } from "../install/folder.ts";
import { cString, readCString } from "./bytes.ts";

const LIBC = {
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  dlerror: { parameters: [], result: "pointer" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const RTLD_NOW_NODELETE = 0x1002;
const O_WRONLY = 1;
const STDERR = 2;

function withLibc<R>(use: (libc: Deno.StaticForeignLibraryInterface<typeof LIBC>) => R): R {
  const libc = Deno.dlopen("libc.so.6", LIBC);
  try {
    return use(libc.symbols);
  } finally {
    libc.close();
  }
}

/**
 * Load a library permanently. Deno closes a library together with the worker or test file that
 * opened it, and TensorFlow ends the process when it is loaded a second time.
 *
 * @param path The library.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` with the loader's own message.
 */
export function pinLibrary(path: string): void {
  withLibc((libc) => {
    if (libc.dlopen(cString(path), RTLD_NOW_NODELETE) !== null) return;
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      `Cannot load TensorFlow as the system refuses it: ${readCString(libc.dlerror())}\n` +
        `Install it anew with ${installCommand(path)}.`,
    );
  });
}

/**
 * Run a function with the process's standard error discarded, since TensorFlow logs its start
 * before it reads its own log settings.
 *
 * @param run The function; synchronous, so that no other output is lost.
 * @returns What it returns.
 */
export function withoutStderr<R>(run: () => R): R {
  return withLibc((libc) => {
    const nowhere = libc.open(cString("/dev/null"), O_WRONLY);
    const saved = libc.dup(STDERR);
    if (nowhere >= 0 && saved >= 0) libc.dup2(nowhere, STDERR);
    try {
      return run();
    } finally {
      if (nowhere >= 0 && saved >= 0) libc.dup2(saved, STDERR);
      for (const descriptor of [nowhere, saved]) if (descriptor >= 0) libc.close(descriptor);
    }
  });
}
