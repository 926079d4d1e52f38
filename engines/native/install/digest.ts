/**
 * Digest of a downloaded file.
 *
 * @module
 */
import { createHash } from "node:crypto";

const CHUNK = 1 << 20;

/**
 * Digest of a file.
 *
 * @param path The file.
 * @param onBytes Called with the number of bytes read so far.
 * @returns Its SHA-256 in hexadecimal.
 */
export async function sha256(path: string, onBytes: (done: number) => void): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK);
  let done = 0;
  for (let n = await file.read(chunk); n !== null; n = await file.read(chunk)) {
    hash.update(chunk.subarray(0, n));
    onBytes(done += n);
  }
  return hash.digest("hex");
}
