import type { CoreEvent, SerializedError } from "@espalier/core";
import { checkOptions, pathSchema } from "@espalier/core";
import { files } from "@espalier/core/run";
import { join, relative } from "node:path";
import {
  checkRun,
  eventsOf,
  keysOf,
  NAMES,
  ownerOf,
  statOf,
  storedUnder,
  storeOf,
  type StoreOptions,
} from "./folder.ts";

/**
 * `running`: a process has it; `done`; `stopped` by its signal; `failed`; `died`: it ended without a
 * word, as by a power cut.
 */
export type RunState = "running" | "done" | "stopped" | "failed" | "died";

/** How far a phase is. */
export interface PhaseStatus {
  /** Its name. */
  readonly name: string;
  /** Whether it is over, was begun, or comes later. */
  readonly state: "done" | "begun" | "later";
  /** Part that was done, 0 to 1, by the journal. */
  readonly done: number;
  /** Part from which a run goes on, 0 to 1: what is on the disk. */
  readonly saved: number;
  /** What the store has of it. */
  readonly bytes: number;
}

/** What became of a run. */
export interface RunStatus {
  /** Its folder. */
  readonly directory: string;
  /** Folder of its store. */
  readonly store: string;
  /** Whether it goes on, or how it ended. */
  readonly state: RunState;
  /** Who has it, as in `process 17, since 2026-11-27T12:00:00.000Z`; absent unless it runs. */
  readonly owner?: string;
  /** Why it failed; absent unless it did. */
  readonly error?: SerializedError;
  /** Name of the network. */
  readonly network: string;
  /** What computes. */
  readonly engine: string;
  /** Seed of everything random. */
  readonly seed: number;
  /** How often it was started. */
  readonly starts: number;
  /** When it was started last, in ISO 8601. */
  readonly started: string;
  /** When it wrote last, in ISO 8601. */
  readonly written: string;
  /** Its phases, in order. */
  readonly phases: readonly PhaseStatus[];
  /** Files of its folder, and what the store has of its phases. */
  readonly bytes: number;
}

/** How the last process ended, by its last event. */
function endOf(events: readonly CoreEvent[]): Pick<RunStatus, "state" | "error"> {
  const last = events.findLast(({ type }) => /^run:(end|fail|abort)$/.test(type));
  const over = last !== undefined && events.indexOf(last) > lastStart(events);
  if (!over) return { state: "died" };
  if (last.type === "run:fail") return { state: "failed", error: last.error };
  return { state: last.type === "run:end" ? "done" : "stopped" };
}

const lastStart = (events: readonly CoreEvent[]): number =>
  events.findLastIndex(({ type }) => type === "run:start");

/** Part of a phase that its last event tells of. */
function progressOf(events: readonly CoreEvent[], phase: string): number {
  const event = events.findLast((event) =>
    "phase" in event && event.phase === phase && ("epoch" in event || event.type === "run:resume")
  );
  if (event === undefined) return 0;
  if (!("epoch" in event)) return "done" in event ? event.done : 0;
  return (event.epoch + ("step" in event ? (event.step + 1) / event.steps : 1)) / event.epochs;
}

async function phaseStatus(
  name: string,
  { events, store, key }: {
    readonly events: readonly CoreEvent[];
    readonly store: string;
    readonly key: string | undefined;
  },
): Promise<PhaseStatus> {
  const { artifact, checkpoints } = key === undefined
    ? { artifact: [], checkpoints: [] }
    : await storedUnder(store, key);
  const bytes = [...artifact, ...checkpoints].reduce((sum, file) => sum + file.bytes, 0);
  const of = (type: CoreEvent["type"], some = events) =>
    some.findLast((event) => event.type === type && "phase" in event && event.phase === name);
  const ended = of("phase:end", events.slice(lastStart(events))) !== undefined;
  if (ended || artifact.length > 0) return { name, state: "done", done: 1, saved: 1, bytes };
  if (of("phase:start") === undefined) return { name, state: "later", done: 0, saved: 0, bytes };
  const checkpoint = of("phase:checkpoint");
  const isSaved = checkpoints.length > 0 && checkpoint?.type === "phase:checkpoint";
  const saved = isSaved ? checkpoint.done : 0;
  return { name, state: "begun", done: progressOf(events, name), saved, bytes };
}

/** Bytes of all files in a folder but those of a store. */
export async function bytesBelow(directory: string, store: string): Promise<number> {
  const fs = await files();
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map(async ({ parentPath, name }) => {
    if (!relative(store, parentPath).startsWith("..")) return 0;
    return (await statOf(join(parentPath, name)))?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/**
 * What became of a run, by its folder: whether it goes on, what is done, what it has on the disk.
 *
 * @example A run that is over
 * ```ts ignore
 * import { runStatus } from "@espalier/run-folders";
 *
 * const { state, phases } = await runStatus("runs/1");
 * console.log(state, phases.map(({ name, saved }) => `${name} ${100 * saved} %`));
 * ```
 *
 * @param directory The run's folder.
 * @param options Where its store lies.
 * @returns State, phases and sizes.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a folder without a run; ERR_JOURNAL_CORRUPT;
 * ERR_PERMISSION or ERR_FILE_FAILED of a file.
 */
export async function runStatus(
  directory: string,
  options: StoreOptions = {},
): Promise<RunStatus> {
  checkOptions(pathSchema, { path: directory }, { subject: "runStatus()" });
  await checkRun(directory);
  const store = await storeOf(directory, options);
  const owner = await ownerOf(directory);
  const events = await eventsOf(directory) as CoreEvent[];
  const keys = await keysOf(directory, events);
  const start = events[lastStart(events)];
  const { network, engine, seed, phases: names, time } = start?.type === "run:start"
    ? start
    : { network: "", engine: "", seed: 0, phases: [], time: "" };
  const phases = await Promise.all(
    names.map((name) => phaseStatus(name, { events, store, key: keys.get(name) })),
  );
  const { mtimeMs } = (await statOf(join(directory, "journal.jsonl")) ??
    await statOf(join(directory, NAMES.run)))!;
  const ofPhases = phases.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    directory,
    store,
    ...owner === undefined ? endOf(events) : { state: "running", owner },
    network,
    engine,
    seed,
    starts: events.filter(({ type }) => type === "run:start").length,
    started: time,
    written: new Date(mtimeMs).toISOString(),
    phases,
    bytes: ofPhases + await bytesBelow(directory, store),
  };
}
