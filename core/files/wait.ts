/** How long to wait between two attempts, in ms. */
const PAUSE = 200;

/** Settings of what may have to wait for another run. */
export interface WaitOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called once, when the first attempt had no success. */
  readonly onWait?: () => unknown;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, PAUSE);
    signal.addEventListener("abort", end);
  });
}

/** Try again until something comes of it; an abort ends the waiting by the signal's reason. */
export async function waitFor<T>(
  attempt: () => T | undefined | Promise<T | undefined>,
  { signal, onWait }: WaitOptions,
): Promise<T> {
  for (let first = true;; first = false) {
    if (!first) signal.throwIfAborted();
    const found = await attempt();
    if (found !== undefined) return found;
    if (first) await onWait?.();
    await pause(signal);
  }
}
