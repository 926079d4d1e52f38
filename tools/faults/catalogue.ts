/**
 * The faults that a run must survive.
 *
 * @module
 */
import { join } from "node:path";
import type { Child } from "./child.ts";
import { namesIn, storeOf } from "./outcome.ts";
import { aWhile, type Bench, Trial, type TrialResult } from "./trial.ts";

/** A way to break a run. */
export interface Fault {
  readonly name: string;
  /** Whether it needs the shim. */
  readonly byShim?: boolean;
  /** How many of a hundred are of this kind. */
  readonly share: number;
  /** Break one run, at least once if it can be. */
  run(bench: Bench): Promise<TrialResult>;
}

/** Kill it at random times until it is done. */
async function atRandomTimes(bench: Bench): Promise<TrialResult> {
  const trial = new Trial(bench);
  for (let over = false; !over && trial.broken < bench.most;) {
    const child = trial.start();
    await child.started;
    await aWhile(bench, 0.6);
    child.kill();
    over = await trial.note(await child.end);
  }
  return await trial.finish();
}

/** Break an operation, once or in each of its processes, until one of them gets to the end. */
function atOperation(kind: "kill" | "half" | "enospc" | "enospc-on" | "eio") {
  return async (bench: Bench): Promise<TrialResult> => {
    const { all, writes } = bench.reference.operations!;
    const trial = new Trial(bench);
    const most = kind === "half" ? writes : all;
    const fatal = kind === "kill" || kind === "half";
    for (let over = false, i = 0; !over && i < (fatal ? bench.most : 1); i++) {
      const part = fatal ? 0.6 : 1;
      const at = 1 + bench.random.integer(Math.ceil(most * part));
      const end = await trial.startBreaking(kind, at).end;
      if (!fatal) trial.broken++;
      over = await trial.note(end);
    }
    return await trial.finish();
  };
}

/** Two processes in one folder: one is refused, or comes after the other. */
async function twoInOneFolder(bench: Bench): Promise<TrialResult> {
  const trial = new Trial(bench);
  const ends = await Promise.all([trial.start().end, trial.start().end]);
  for (const end of ends) await trial.note(end, { codes: ["ERR_RUN_BUSY"] });
  trial.broken++;
  return await trial.finish();
}

/** Two folders that share a store; the first is killed while the second waits for what it makes. */
async function twoOfOneStore(bench: Bench): Promise<TrialResult> {
  const trial = new Trial(bench);
  const other = trial.directory.replace(/run$/, "other");
  const first = trial.start();
  await first.started;
  const second = trial.start({ directory: other });
  await Promise.race([second.started.then(() => aWhile(bench, 0.5)), first.end]);
  first.kill();
  // The store's newest file may be the other's.
  await trial.note(await first.end, { measured: false });
  const { code, errors } = await second.end;
  if (code !== null) trial.remarks.push(`the other: ${code}: ${errors}`);
  const { differing, ...result } = await trial.finish();
  // The epochs that the other did are in its journal.
  return { ...result, differing: differing.filter((name) => name !== "epochs") };
}

/** Files in the store with unfinished work. */
async function unfinishedOf(directory: string): Promise<string[]> {
  const store = storeOf(directory);
  return (await namesIn(store)).filter((name) => /\.checkpoint-\d\.artifact$/.test(name))
    .map((name) => join(store, name));
}

/** Wait until there is unfinished work on the disk, or the process has ended. */
async function untilUnfinished(directory: string, { end }: Child): Promise<void> {
  let over = false;
  end.then(() => over = true);
  while (!over && (await unfinishedOf(directory)).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The same of a dead process, the newest first. */
async function checkpointsOf(directory: string): Promise<string[]> {
  const paths = await unfinishedOf(directory);
  const times = new Map<string, number>();
  for (const path of paths) times.set(path, (await Deno.stat(path)).mtime!.getTime());
  return paths.sort((a, b) => times.get(b)! - times.get(a)!);
}

const DAMAGES: readonly ((bytes: Uint8Array, at: number) => Uint8Array)[] = [
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => bytes.with(at, bytes[at]! ^ 1),
  () => new Uint8Array(),
  (bytes) => bytes.map(() => 0),
];

/** Kill it when there is unfinished work on the disk, and damage the newest or all of that. */
async function damaged(bench: Bench): Promise<TrialResult> {
  const { random } = bench;
  const trial = new Trial(bench);
  for (let over = false; !over && trial.broken === 0;) {
    const child = trial.start();
    await untilUnfinished(trial.directory, child);
    await aWhile(bench, 0.3);
    child.kill();
    over = await trial.note(await child.end, { measured: false });
    if ((await checkpointsOf(trial.directory)).length === 0) trial.broken = 0;
  }
  const there = await checkpointsOf(trial.directory);
  const damage = DAMAGES[random.integer(DAMAGES.length)]!;
  for (const path of there.slice(0, 1 + random.integer(2))) {
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, damage(bytes, random.integer(bytes.length)));
  }
  return await trial.finish();
}

const YEAR = 365 * 24 * 3600_000;

/** Kill it under a clock that jumps, move the times of all files, and go on under another clock. */
async function clock(bench: Bench): Promise<TrialResult> {
  const { random } = bench;
  const jump = () => Math.round((2 * random.next() - 1) * 10 * YEAR);
  const trial = new Trial(bench);
  const child = trial.start({ clockMs: jump() });
  await child.started;
  await aWhile(bench, 0.6);
  child.kill();
  await trial.note(await child.end, { measured: false });
  for (const folder of [trial.directory, storeOf(trial.directory)]) {
    for (const name of await namesIn(folder)) {
      const time = new Date(Date.now() + jump());
      await Deno.utime(join(folder, name), time, time);
    }
  }
  return await trial.finish({ clockMs: jump() });
}

/** All of them. */
export const FAULTS: readonly Fault[] = [
  { name: "killed at a random time", share: 50, run: atRandomTimes },
  { name: "killed before a file operation", byShim: true, share: 20, run: atOperation("kill") },
  { name: "killed in the middle of a write", byShim: true, share: 10, run: atOperation("half") },
  { name: "no space, once", byShim: true, share: 3, run: atOperation("enospc") },
  { name: "no space from then on", byShim: true, share: 3, run: atOperation("enospc-on") },
  { name: "input/output error", byShim: true, share: 3, run: atOperation("eio") },
  { name: "two processes, one folder", share: 2, run: twoInOneFolder },
  { name: "two folders, one store, one killed", share: 3, run: twoOfOneStore },
  { name: "killed, its checkpoints damaged", share: 3, run: damaged },
  { name: "killed, the clock jumps", share: 3, run: clock },
];
