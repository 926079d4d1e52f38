import { EspalierError } from "@espalier/core";

/** The error for a model that cannot be imported. */
export function unsupported(thing: string, rule: string, advice: string): EspalierError {
  return new EspalierError(
    "ERR_IMPORT_UNSUPPORTED",
    `Cannot import ${thing} as ${rule}. ${advice}.`,
  );
}

/** The error for files that are missing, cut or do not belong together. */
export function damaged(thing: string, state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_MODEL_CORRUPT",
    `Cannot import ${thing} as its files must be whole and belong together: ${state}. ` +
      "Convert or save the model again.",
    cause === undefined ? {} : { cause },
  );
}
