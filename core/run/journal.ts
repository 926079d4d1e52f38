import { nodeModule } from "../files/node_module.ts";
import { EspalierError } from "../errors.ts";
import type { CoreEvent, PluginEvent } from "../events.ts";
import { fileError, files, isMissing } from "../files/files.ts";
import { checkOptions, pathSchema } from "../plugin/options.ts";
import { writeWhole } from "../files/folder.ts";

/** Any event of a journal. */
export type JournalEvent = CoreEvent | PluginEvent;

/** The open journal of a run. */
export interface Journal {
  /** Append one event; the operating system has it when this returns. Once closed, nothing happens. */
  write(event: JournalEvent): void;
  /** Close the file. */
  close(): void;
}

/** A journal as it is opened here. */
export interface FileJournal extends Journal {
  /** When the journal was written last before it was opened, in milliseconds since 1970. */
  readonly stopped: number | undefined;
  /**
   * Bring what was written to the disk.
   *
   * @throws {EspalierError} ERR_RUN_REMOVED if the file is no longer in its folder.
   */
  sync(): void;
}

type Fs = typeof import("node:fs");

const fileIn = (directory: string): string => `${directory}/journal.jsonl`;

/** After these, what was written is brought to the disk. */
const SYNCED = /^(phase:end$|run:)/;

/** The event of a line; undefined if it is none. */
function eventOf(line: string): JournalEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof Object(event).type === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of a journal; the last one is not ended, and mostly empty. */
function linesOf(text: string): { lines: readonly string[]; last: string } {
  const lines = text.split("\n");
  return { last: lines.pop()!, lines };
}

/**
 * Make every line of a journal an event again: an incomplete last line, which was being written when
 * a run died, is cut off; other lines that are no events go to `journal.jsonl.damaged`.
 */
async function heal(fs: Fs, path: string): Promise<void> {
  if (!fs.existsSync(path)) return;
  const text = fs.readFileSync(path, "utf8");
  const { lines, last } = linesOf(text);
  const ended = (some: readonly string[]) => some.map((line) => `${line}\n`).join("");
  const damaged = lines.filter((line) => eventOf(line) === undefined);
  if (damaged.length === 0 && last === "") return;
  if (damaged.length > 0) fs.appendFileSync(`${path}.damaged`, ended(damaged));
  const healed = ended([...lines, last].filter((line) => eventOf(line) !== undefined));
  await writeWhole(path, healed);
}

/** Append whole lines only: what was written of one that fails is taken back. */
function append(fs: Fs, file: number, line: string): void {
  const bytes = new TextEncoder().encode(line);
  const { size } = fs.fstatSync(file);
  try {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at);
  } catch (error) {
    try {
      fs.ftruncateSync(file, size);
    } catch {
      // The next opening cuts it off.
    }
    throw error;
  }
}

function removed(directory: string): EspalierError {
  return new EspalierError(
    "ERR_RUN_REMOVED",
    `Cannot go on in "${directory}" as a run's folder must stay while it runs: its journal was ` +
      `removed or replaced. Start the run again; the store has the finished phases.`,
  );
}

/** Throw unless the open file is the one in the folder. */
function checkInPlace(fs: Fs, file: number, directory: string): void {
  const there = fs.statSync(fileIn(directory), { throwIfNoEntry: false });
  if (there?.ino !== fs.fstatSync(file).ino) throw removed(directory);
}

/**
 * Open the journal of a run folder for appending, and heal it if need be. Each event is one line of
 * JSON, written as it happens; the ends of phases and of the run bring it to the disk. Nobody else
 * may have it open: whoever calls this holds the folder's lock.
 *
 * @throws {EspalierError} ERR_PERMISSION, ERR_DISK_FULL, ERR_PATH_INVALID or ERR_FILE_FAILED, as do
 * the journal's methods.
 */
export async function openJournal(directory: string): Promise<FileJournal> {
  const fs = await nodeModule<typeof import("node:fs")>("fs");
  const path = fileIn(directory);
  const orThrow = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw fileError(error, "write", path);
    }
  };
  const stopped = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  await heal(fs, path).catch((error) => {
    throw fileError(error, "write", path);
  });
  const file = orThrow(() => fs.openSync(path, "a"));
  const sync = () =>
    orThrow(() => {
      checkInPlace(fs, file, directory);
      fs.fsyncSync(file);
    });
  let isOpen = true;
  return {
    stopped,
    sync,
    write(event: JournalEvent): void {
      if (!isOpen) return; // The system may have given the number of the file to another one.
      orThrow(() => append(fs, file, `${JSON.stringify(event)}\n`));
      if (SYNCED.test(event.type)) sync();
    },
    close(): void {
      isOpen = false;
      try {
        fs.closeSync(file);
      } catch {
        // The system has closed it nevertheless; an error would hide how the run ended.
      }
    },
  };
}

function noEvent(
  path: string,
  { line, number }: { readonly line: string; readonly number: number },
): EspalierError {
  const start = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  return new EspalierError(
    "ERR_JOURNAL_CORRUPT",
    `Cannot read journal "${path}" as line ${number} is no event: ${start}. Remove the line, or ` +
      `start the run again in its folder, which moves it to journal.jsonl.damaged.`,
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
 * line, as of a run that goes on, is left out.
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
  const { lines, last } = linesOf(text);
  const events = [...lines, last].map(eventOf);
  const flaw = events.indexOf(undefined);
  if (flaw >= 0 && flaw < lines.length) {
    throw noEvent(path, { line: lines[flaw]!, number: flaw + 1 });
  }
  return events.filter((event) => event !== undefined);
}
