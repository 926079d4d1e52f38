/**
 * The reason why a rank failed, passed through shared memory: a blocked thread receives no
 * messages.
 *
 * @module
 */

/** Size of the buffer for the text, in bytes. */
const ROOM = 4096;

const SIZE = 0;
const HEAD = 4;

/** Allocate memory for one failure. */
export function createFailure(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + ROOM);
}

/** Write a failure, unless there is one already. */
export function writeFailure(memory: SharedArrayBuffer, error: unknown): void {
  const size = new Int32Array(memory, 0, 1);
  if (Atomics.load(size, SIZE) > 0) return;
  const text = error instanceof Error ? error.message : String(error);
  const bytes = new TextEncoder().encode(text || "no reason given").subarray(0, ROOM);
  new Uint8Array(memory, HEAD).set(bytes);
  Atomics.store(size, SIZE, bytes.length);
}

/** Read the failure, if there is one. */
export function readFailure(memory: SharedArrayBuffer): string | undefined {
  const size = Atomics.load(new Int32Array(memory, 0, 1), SIZE);
  if (size === 0) return undefined;
  return new TextDecoder().decode(new Uint8Array(memory, HEAD, size).slice());
}
