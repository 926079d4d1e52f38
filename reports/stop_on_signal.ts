import { EspalierError } from "@espalier/core";
import process from "node:process";

/** What a terminal, a user or a system sends to end a program, and its number. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Let Ctrl-C stop work, for a program on a terminal. The first SIGINT, SIGTERM or SIGHUP aborts the
 * signal, so that a run ends after its step with `run:abort` as the last line of its journal; when
 * the work is over, the process exits with 130, 143 or 129. A second one ends the process at once.
 * Signals are listened to only while the work goes on.
 *
 * @example A run that Ctrl-C stops
 * ```ts ignore
 * import { createPruner, showProgress, stopOnSignal } from "@espalier/espalier";
 *
 * const { report } = await stopOnSignal((signal) => {
 *   const run = pruner.run({ seed: 1, directory: "runs/one", signal });
 *   showProgress(run.events$);
 *   return run.result;
 * });
 * ```
 *
 * @typeParam R What the work gives.
 * @param work The work; it gets the signal that stops it.
 * @returns What the work gives, if nobody stopped it.
 * @throws What the work threw, unless that is the signal's reason.
 */
export async function stopOnSignal<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const stop = new AbortController();
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  let received: keyof typeof SIGNALS | undefined;
  // Without a listener the system's own way holds, which ends the process.
  const unlisten = () => names.forEach((name) => process.off(name, onSignal));
  const onSignal = (name: keyof typeof SIGNALS): void => {
    received = name;
    unlisten();
    stop.abort(
      new EspalierError(
        "ERR_ABORTED",
        `Cannot go on as ${name} stops this program. The same command goes on where its run has a ` +
          "folder.",
      ),
    );
  };
  names.forEach((name) => process.on(name, onSignal));
  try {
    const result = await work(stop.signal);
    if (received === undefined) return result;
  } catch (error) {
    if (received === undefined || error !== stop.signal.reason) throw error;
  } finally {
    unlisten();
  }
  return process.exit(128 + SIGNALS[received]);
}
