/**
 * What a study's process and its workers say to one another: lines of JSON. A worker's lines begin
 * with the record separator of RFC 7464, as the same stream has whatever else the program writes.
 *
 * @module
 */
import {
  EspalierError,
  type EspalierErrorCode,
  type JournalEvent,
  type SerializedError,
} from "@espalier/core";

/** What a worker says. */
export type WorkerMessage =
  /** The program has come to the study, and works for it. */
  | { readonly type: "ready" }
  | { readonly type: "event"; readonly event: JournalEvent }
  /** The run is over; with the memory of the process, in bytes. */
  | { readonly type: "done"; readonly rss: number }
  | { readonly type: "failed"; readonly error: SerializedError };

/** The error of a run, as it was before it became a message. */
export function errorOf({ code, message, phase, plugin }: SerializedError): EspalierError {
  return new EspalierError((code ?? "ERR_PHASE_FAILED") as EspalierErrorCode, message, {
    ...phase !== undefined && { phase },
    ...plugin !== undefined && { plugin },
  });
}

const SEPARATOR = "\u001e";

/** The line of a worker's message. */
export const messageLine = (message: WorkerMessage): string =>
  `${SEPARATOR}${JSON.stringify(message)}\n`;

/** Messages in a worker's stream, and the text around them. */
export class MessageReader {
  #rest = "";

  /** Take the next part of the stream. */
  read(part: string): { readonly messages: readonly WorkerMessage[]; readonly text: string } {
    const pieces = (this.#rest + part).split("\n");
    this.#rest = pieces.pop()!;
    const messages: WorkerMessage[] = [];
    let text = "";
    for (const line of pieces) {
      const at = line.indexOf(SEPARATOR);
      text += at < 0 ? `${line}\n` : line.slice(0, at);
      if (at >= 0) messages.push(JSON.parse(line.slice(at + 1)));
    }
    return { messages, text };
  }
}
