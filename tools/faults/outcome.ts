/**
 * What a run left, to be compared with what another one left, and how much work a kill took.
 *
 * @module
 */
import { type CoreEvent, readJournal } from "@espalier/core";
import { sha256 } from "@espalier/core/run";
import { join } from "node:path";

/** Digests by what they are of. */
export type Outcome = Readonly<Record<string, string>>;

interface ResultFile {
  readonly phases: readonly { readonly name: string; readonly key: string }[];
  readonly result: Readonly<Record<string, unknown>>;
}

/** Beside a run's folder. */
export const storeOf = (directory: string): string => join(directory, "..", "artifacts");

/** Times are the machine's, not the method's. */
const withoutTimes = (value: unknown): string =>
  JSON.stringify(value, (name, inner) => name === "times" ? undefined : inner);

/** Losses and metrics of all epochs; of one that was done twice the later ones. */
function epochsOf(events: readonly CoreEvent[]): unknown {
  const epochs = new Map<string, unknown>();
  for (const event of events) {
    if (event.type !== "train:epoch" && event.type !== "search:epoch") continue;
    const { type, phase, epoch, loss, metrics } = event;
    epochs.set(`${phase}/${epoch}`, [type, loss, metrics, "values" in event && event.values]);
  }
  return [...epochs].sort(([a], [b]) => a < b ? -1 : 1);
}

const digest = (text: string): Promise<string> => sha256(new TextEncoder().encode(text));

/**
 * What counts of a run that is over: its model, what its phases made, its epochs, and the names of all
 * that is in its store.
 */
export async function outcomeOf(directory: string): Promise<Outcome> {
  const file = async (path: string) => await sha256(await Deno.readFile(path));
  const text = await Deno.readTextFile(join(directory, "result.json"));
  const { phases, result }: ResultFile = JSON.parse(text);
  const outcome: Record<string, string> = {
    "model.json": await file(join(directory, "model", "model.json")),
    "weights.bin": await file(join(directory, "model", "weights.bin")),
    result: await digest(withoutTimes(result)),
    epochs: await digest(JSON.stringify(epochsOf(await readJournal(directory) as CoreEvent[]))),
    stored: (await namesIn(storeOf(directory))).join(),
  };
  // The last one measures times; its report is in the result.
  for (const { name, key } of phases.slice(0, -1)) {
    outcome[`artifact of ${name}`] = await file(join(storeOf(directory), `${key}.artifact`));
  }
  return outcome;
}

/** Names of what differs. */
export function differences(one: Outcome, other: Outcome): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => one[name] !== other[name]);
}

/** Names of files in a folder, in order; none if there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []);
  return names.sort();
}

/** When a file was written last, in milliseconds since 1970; 0 if it is gone. */
const writtenAt = async (path: string): Promise<number> =>
  (await Deno.stat(path).catch(() => undefined))?.mtime?.getTime() ?? 0;

/**
 * Milliseconds of work that are not on the disk when a run is dead: from the last state or artifact that
 * was stored, or the start of its last process, to the last event.
 */
export async function workLost(directory: string): Promise<number> {
  const store = storeOf(directory);
  const stored = (await namesIn(store)).filter((name) => name.endsWith(".artifact"));
  const events = await readJournal(directory).catch(() => []) as CoreEvent[];
  const start = events.findLast((event) => event.type === "run:start");
  const safe = await Promise.all(stored.map((name) => writtenAt(join(store, name))));
  const begun = start?.type === "run:start" ? Date.parse(start.time) : 0;
  const last = await writtenAt(join(directory, "journal.jsonl"));
  return begun === 0 ? 0 : Math.max(0, last - Math.max(begun, ...safe));
}
