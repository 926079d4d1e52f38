import { plainText, type ProgressStream } from "@espalier/reports";

/** Tell what the owner of a model should know. */
export function writeNotes(notes: readonly string[], stream: ProgressStream): void {
  for (const note of notes) stream.write(`note: ${plainText(note)}\n`);
}
