const MIB = 2 ** 20;

/** The high-water mark of a Linux process status, in MiB; undefined where there is none. */
export function highWaterMiB(status: string): number | undefined {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

function readStatus(): string {
  try {
    return Deno.readTextFileSync("/proc/self/status");
  } catch {
    return "";
  }
}

/**
 * Highest resident memory of this process so far; elsewhere than on Linux, the resident memory of
 * this moment.
 *
 * @returns MiB.
 */
export function peakMiB(): number {
  return highWaterMiB(readStatus()) ?? Deno.memoryUsage().rss / MIB;
}
