/**
 * TensorFlow's status object.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { readCString } from "./bytes.ts";
import type { Pointer, TensorFlow } from "./symbols.ts";

const CODES: Readonly<Record<number, string>> = {
  1: "CANCELLED",
  2: "UNKNOWN",
  3: "INVALID_ARGUMENT",
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  6: "ALREADY_EXISTS",
  7: "PERMISSION_DENIED",
  8: "RESOURCE_EXHAUSTED",
  9: "FAILED_PRECONDITION",
  10: "ABORTED",
  11: "OUT_OF_RANGE",
  12: "UNIMPLEMENTED",
  13: "INTERNAL",
  14: "UNAVAILABLE",
  15: "DATA_LOSS",
  16: "UNAUTHENTICATED",
};

/** A status object that all calls reuse. */
export class Status {
  /** The object that the library writes to. */
  readonly pointer: Pointer;
  readonly #library: TensorFlow;

  /** @param library The library. */
  constructor(library: TensorFlow) {
    this.#library = library;
    this.pointer = library.TF_NewStatus();
  }

  /**
   * Throw unless the last call that used this status went well.
   *
   * @param verb What was done, as in "run".
   * @param thing To what, as in the name of an op.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` with TensorFlow's code and message.
   */
  check(verb: string, thing: string): void {
    const code = this.#library.TF_GetCode(this.pointer);
    if (code === 0) return;
    const message = readCString(this.#library.TF_Message(this.pointer));
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot ${verb} ${thing} as TensorFlow refuses it: ${CODES[code] ?? code}: ${message}`,
    );
  }

  /** Free the memory. */
  delete(): void {
    this.#library.TF_DeleteStatus(this.pointer);
  }
}
