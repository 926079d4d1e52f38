import { EspalierError } from "../errors.ts";
import type { CoreEvent, PluginEvent } from "../events.ts";
import { fileError, files, isMissing } from "../files.ts";
import { checkOptions, pathSchema } from "../plugin/options.ts";

/** Any event of a journal. */
export type JournalEvent = CoreEvent | PluginEvent;

/** The open journal of a run. */
export interface Journal {
  /** Append one event; the operating system has it when this returns. */
  write(event: JournalEvent): void;
  /** Close the file. */
  close(): void;
}

const fileIn = (directory: string): string => `${directory}/journal.jsonl`;

/** Cut off an incomplete last line, which was being written when a run died. */
function cutTornLine(fs: typeof import("node:fs"), path: string): void {
  if (!fs.existsSync(path)) return;
  const bytes = fs.readFileSync(path);
  fs.truncateSync(path, bytes.lastIndexOf(10) + 1);
}

/**
 * Open the journal of a run folder for appending. Each event is one line of JSON, written as it
 * happens.
 */
export async function openJournal(directory: string): Promise<Journal> {
  const fs = await import("node:fs");
  const path = fileIn(directory);
  try {
    cutTornLine(fs, path);
    const file = fs.openSync(path, "a");
    return {
      write: (event: JournalEvent): void => void fs.writeSync(file, `${JSON.stringify(event)}\n`),
      close: (): void => fs.closeSync(file),
    };
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

function parseLine(
  line: string,
  { number, path }: { readonly number: number; readonly path: string },
): JournalEvent {
  let cause: unknown;
  try {
    const event = JSON.parse(line);
    if (typeof Object(event).type === "string") return event;
  } catch (error) {
    cause = error;
  }
  const start = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  throw new EspalierError(
    "ERR_JOURNAL_CORRUPT",
    `Cannot read journal "${path}" as line ${number} is no event: ${start}. ` +
      `Remove the line, or run again into another folder.`,
    { cause },
  );
}

function noJournal(path: string, cause: unknown): EspalierError {
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot read a journal as the folder must be a run's: there is no "${path}". ` +
      `Name the folder that a run was given.`,
    { cause },
  );
}

/**
 * Read the events of a run folder, oldest first; those of a resumed run follow. An incomplete last
 * line is left out.
 *
 * @param directory The run's folder.
 * @returns The events.
 * @throws {EspalierError} ERR_JOURNAL_CORRUPT, which names the line; ERR_CONFIG_INVALID if there is
 * no journal or the path is none; ERR_PERMISSION if it may not be read.
 */
export async function readJournal(directory: string): Promise<JournalEvent[]> {
  checkOptions(pathSchema, { path: directory }, { subject: "readJournal()" });
  const fs = await files();
  const path = fileIn(directory);
  const text = await fs.readFile(path, "utf8").catch((error) => {
    if (isMissing(error)) throw noJournal(path, error);
    throw fileError(error, "read", path);
  });
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, i) => parseLine(line, { number: i + 1, path }));
}
