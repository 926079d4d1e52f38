/**
 * What the benchmarks of this folder share: machine code and TensorFlow in turns, on one thread.
 *
 * @module
 */
import { openContext } from "../native/ffi/context.ts";
import type { EagerContext, TensorId } from "../native/ffi/eager_context.ts";
import { withoutStderr } from "../native/ffi/libc.ts";
import { findLibrary } from "../native/install/folder.ts";
import { machinePassesAvailable } from "./mod.ts";

const WARM_UPS = 3;

/** Two ways to the same result. */
export interface Rivals {
  /** By machine code. */
  readonly machine: () => void;
  /** By TensorFlow, where it is installed. */
  readonly tensorFlow?: (() => TensorId[]) | undefined;
}

/** Milliseconds: medians, and the first run of the machine code, which makes it. */
export interface Times {
  readonly first: number;
  readonly ours: number;
  readonly theirs: number;
}

/** Open TensorFlow on one thread; nothing where it is not installed. Ends where there is no machine code. */
export async function openRival(): Promise<EagerContext | undefined> {
  if (!machinePassesAvailable()) {
    // deno-lint-ignore no-console -- a benchmark prints
    console.error("this machine cannot run the passes");
    Deno.exit(1);
  }
  const { folder } = await findLibrary();
  return folder === undefined
    ? undefined
    : withoutStderr(() => openContext(folder, { threads: 1 }));
}

function time(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1]!;

/** Time both in turns. */
export function timeSideBySide(
  { machine, tensorFlow }: Rivals,
  { context, rounds }: { readonly context: EagerContext | undefined; readonly rounds: number },
): Times {
  const ours: number[] = [], theirs: number[] = [];
  const first = time(machine);
  for (let round = -WARM_UPS; round < rounds; round++) {
    const own = time(machine);
    const other = tensorFlow ? time(() => context!.dispose(...tensorFlow())) : NaN;
    if (round < 0) continue;
    ours.push(own);
    theirs.push(other);
  }
  return { first, ours: median(ours), theirs: median(theirs) };
}
