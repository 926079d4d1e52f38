import { waitFor } from "../files/wait.ts";
import type { ArtifactStore } from "./artifact_store.ts";
import { decodeArtifact, encodeArtifact } from "./encode.ts";

/**
 * Create a store that lives as long as the process.
 *
 * @example Two runs that share their artifacts
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memoryStore } from "@espalier/core";
 *
 * const store = memoryStore();
 * await store.write("key", { accuracy: 0.9, values: new Float32Array([1, 2]) });
 * assertEquals(await store.read("key"), { accuracy: 0.9, values: new Float32Array([1, 2]) });
 * ```
 *
 * @returns The store.
 */
export function memoryStore(): ArtifactStore {
  const artifacts = new Map<string, Uint8Array>();
  const claimed = new Set<string>();
  function tryClaim(key: string): Disposable | undefined {
    if (claimed.has(key)) return undefined;
    claimed.add(key);
    return { [Symbol.dispose]: () => void claimed.delete(key) };
  }
  return {
    async read(key: string): Promise<unknown> {
      const bytes = artifacts.get(key);
      return bytes && await decodeArtifact(bytes, { where: `"${key}"`, key });
    },
    has: (key: string): Promise<boolean> => Promise.resolve(artifacts.has(key)),
    async write(key, value, { replace = false } = {}): Promise<void> {
      const bytes = await encodeArtifact(value, key);
      if (replace || !artifacts.has(key)) artifacts.set(key, bytes);
    },
    remove: (key) => Promise.resolve(void artifacts.delete(key)),
    claim: (key, options) => waitFor(() => tryClaim(key), options),
  };
}
