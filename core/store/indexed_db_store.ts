import { waitFor } from "../files/wait.ts";
import type { ArtifactStore } from "./artifact_store.ts";
import { decodeArtifact, encodeArtifact } from "./encode.ts";

const ARTIFACTS = "artifacts";

/** What is asked of a browser's globals, whose types not every runtime knows. */
interface Page {
  readonly indexedDB: {
    open(name: string, version: number): Asked<Database> & { onupgradeneeded?: () => void };
  };
  readonly navigator: {
    readonly locks: {
      request(
        name: string,
        options: { readonly ifAvailable: true },
        held: (lock: object | null) => Promise<void> | void,
      ): Promise<void>;
    };
  };
}

interface Asked<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess?: () => void;
  onerror?: () => void;
}

interface Database {
  createObjectStore(name: string): void;
  transaction(
    name: string,
    mode: "readonly" | "readwrite",
  ): { objectStore(name: string): Artifacts };
}

interface Artifacts {
  count(key: string): Asked<number>;
  get(key: string): Asked<Uint8Array | undefined>;
  put(bytes: Uint8Array, key: string): Asked<unknown>;
  delete(key: string): Asked<undefined>;
}

const page = globalThis as unknown as Page;

const done = <T>(asked: Asked<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

function open(name: string): Promise<Database> {
  const asked = page.indexedDB.open(name, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(ARTIFACTS);
  return done(asked);
}

/** A lock that all tabs of a site share; undefined if one of them has it. */
function tryLock(name: string): Promise<Disposable | undefined> {
  return new Promise((resolve, reject) => {
    page.navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve({ [Symbol.dispose]: release }));
    }).catch(reject);
  });
}

/**
 * Create a store in a browser's IndexedDB, which outlives the page and is shared by all tabs of a
 * site.
 *
 * @example In a page
 * ```ts ignore
 * import { indexedDbStore } from "@espalier/core";
 *
 * const run = pruner.run({ seed: 1, store: indexedDbStore("espalier") });
 * ```
 *
 * @param name Name of the database.
 * @returns The store.
 */
export function indexedDbStore(name: string): ArtifactStore {
  let database: Promise<Database> | undefined;
  async function within<T>(
    mode: "readonly" | "readwrite",
    work: (artifacts: Artifacts) => Promise<T>,
  ): Promise<T> {
    const transaction = (await (database ??= open(name))).transaction(ARTIFACTS, mode);
    return await work(transaction.objectStore(ARTIFACTS));
  }
  const has = async (key: string) =>
    await within("readonly", (artifacts) => done(artifacts.count(key))) > 0;
  return {
    has,
    async read(key): Promise<unknown> {
      const bytes = await within("readonly", (artifacts) => done(artifacts.get(key)));
      return bytes && await decodeArtifact(bytes, { where: `"${key}"`, key });
    },
    async write(key, value, { replace = false } = {}): Promise<void> {
      const bytes = await encodeArtifact(value, key);
      await within("readwrite", async (artifacts) => {
        if (replace || await done(artifacts.count(key)) === 0) {
          await done(artifacts.put(bytes, key));
        }
      });
    },
    remove: (key) => within("readwrite", (artifacts) => done(artifacts.delete(key))),
    claim: (key, options) => waitFor(() => tryLock(`${name}/${key}`), options),
  };
}
