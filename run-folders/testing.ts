/** Toy runs with a folder, for the tests of this folder. */
import type { CoreEvent } from "@espalier/core";
import { createPruner, folderStore, tas } from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

/** Phases of the run, in order. */
export const PHASES = [
  ...["pretrain", "sort-channels", "search", "derive", "control", "train", "evaluate"],
];

/** Where the search stands among them. */
export const SEARCH = PHASES.indexOf("search");

/** How a toy run goes. */
export interface ToyRun {
  readonly seed?: number;
  /** Where its store lies; absent: beside its folder. */
  readonly store?: string;
  /** Looks at each event; the run is stopped when this says so. */
  readonly stopAt?: (event: CoreEvent) => boolean;
}

/** Run until the end, or until it is stopped; the result, or undefined. */
export async function toyRun(directory: string, { seed = 1, store, stopAt }: ToyRun = {}) {
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins: tas({ recipe: "quick", epochs: { pretrain: 2, search: 2, train: 2 } }),
  });
  const stop = new AbortController();
  const run = pruner.run({
    seed,
    directory,
    signal: stop.signal,
    ...store !== undefined && { store: folderStore(store) },
  });
  run.events$.subscribe((event) => stopAt?.(event as CoreEvent) && stop.abort());
  return await run.result.catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
}

/** At the end of the first epoch of the search. */
export const inSearch = ({ type }: CoreEvent): boolean => type === "search:epoch";

/** Paths of all files below a folder, from there, in order. */
export async function filesBelow(folder: string, at = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${at}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${at}${name}/`));
    else found.push(`${at}${name}`);
  }
  return found.sort();
}
