/**
 * Progress reports of an installation.
 *
 * @module
 */

/** A step of an installation. */
export type InstallStep = "wait" | "download" | "check" | "unpack" | "prove";

/** How far an installation is. */
export interface InstallProgress {
  /** What is being done; `wait` is for another installer of the same library. */
  readonly step: InstallStep;
  /** Bytes done. */
  readonly done: number;
  /** Bytes in all; 0 where a step has no size. */
  readonly total: number;
}

/** Called with the progress, a few times a second at most. */
export type OnProgress = (progress: InstallProgress) => void;

const INTERVAL_MS = 100;

/**
 * Pass on the first and the last report of every step, and those in between at intervals.
 *
 * @param onProgress The receiver.
 * @returns A function that may be called at any rate.
 */
export function throttled(onProgress: OnProgress): OnProgress {
  let last: InstallStep | undefined;
  let next = 0;
  return (progress) => {
    const now = performance.now();
    const isEnd = progress.total > 0 && progress.done === progress.total;
    if (progress.step === last && !isEnd && now < next) return;
    last = progress.step;
    next = now + INTERVAL_MS;
    onProgress(progress);
  };
}
