/**
 * Opening the library.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { installCommand } from "../install/folder.ts";
import { pinLibrary } from "./libc.ts";
import { SYMBOLS, type TensorFlow } from "./symbols.ts";

/** The library's files, in the order in which they are loaded. */
export const LIBRARY_FILES = ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"] as const;

/** Environment variable of TensorFlow's log level. By default every failed op is logged. */
const LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL";

const opened = new Map<string, TensorFlow>();

/**
 * Open TensorFlow's library, once for each folder. It stays loaded until the process ends.
 *
 * Call it with verified files only: a truncated file ends the process.
 *
 * @param folder Folder of both {@linkcode LIBRARY_FILES}.
 * @returns Its functions.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` when it cannot be loaded; `ERR_PERMISSION`
 * without permission to use FFI and the environment.
 */
export function openLibrary(folder: string): TensorFlow {
  let library = opened.get(folder);
  if (library === undefined) opened.set(folder, library = load(folder));
  return library;
}

function load(folder: string): TensorFlow {
  const paths = LIBRARY_FILES.map((file) => `${folder}/${file}`);
  try {
    if (Deno.env.get(LOG_LEVEL) === undefined) Deno.env.set(LOG_LEVEL, "3");
    for (const path of paths) pinLibrary(path);
    return Deno.dlopen(paths.at(-1)!, SYMBOLS).symbols;
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new EspalierError(
        "ERR_PERMISSION",
        `Cannot load TensorFlow as Deno may not do it: ${error.message}\n` +
          "Run Deno with --allow-ffi and --allow-env.",
        { cause: error },
      );
    }
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      `Cannot load TensorFlow as a function is missing: ${(error as Error).message}\n` +
        `Install it anew with ${installCommand(folder)}.`,
      { cause: error },
    );
  }
}
