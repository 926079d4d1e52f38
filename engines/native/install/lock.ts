/**
 * One installer at a time.
 *
 * @module
 */

const POLL_MS = 200;

/**
 * Run work while holding a lock on a file. The system releases the lock when the process ends, even
 * after a crash. The file itself stays.
 *
 * @param path The file.
 * @param work What to do.
 * @param options `onWait` is called when another process holds it; `signal` stops waiting.
 * @returns What the work returns.
 */
export async function withLock<R>(
  path: string,
  work: () => Promise<R>,
  options: { onWait: () => void; signal?: AbortSignal | undefined },
): Promise<R> {
  using file = await Deno.open(path, { create: true, write: true });
  while (!await file.tryLock(true)) {
    options.onWait();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    options.signal?.throwIfAborted();
  }
  return await work();
}
