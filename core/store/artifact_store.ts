import type { WaitOptions } from "../files/wait.ts";

/** Settings of {@linkcode ArtifactStore.write}. */
export interface WriteOptions {
  /**
   * Whether to replace what the key holds; otherwise the first write wins.
   *
   * @default {false}
   */
  readonly replace?: boolean;
}

/** What phases made, by content key. An artifact is made of JSON and typed arrays. */
export interface ArtifactStore {
  /**
   * A copy of what the key holds; undefined if it holds nothing.
   *
   * @throws {EspalierError} ERR_ARTIFACT_CORRUPT if it was truncated or altered.
   */
  read(key: string): Promise<unknown>;
  /** Whether the key holds anything. */
  has(key: string): Promise<boolean>;
  /**
   * Store a copy, which is taken before this returns its promise.
   *
   * @throws {EspalierError} ERR_PHASE_MISUSE if a part of the value is neither JSON nor a typed
   * array; ERR_PERMISSION if the store may not be written; ERR_DISK_FULL, ERR_PATH_INVALID or
   * ERR_FILE_FAILED if it cannot.
   */
  write(key: string, value: unknown, options?: WriteOptions): Promise<void>;
  /** Forget what the key holds, if it holds anything. */
  remove(key: string): Promise<void>;
  /**
   * Claim the making of an artifact, so that runs which need the same one make it once: waits as
   * long as another run has the claim, of this process or another. Then look whether the key holds
   * it by now. A store without claims lets runs make it side by side, and the first write wins.
   *
   * @returns The claim, to be disposed; a process that ends gives up its claims.
   * @throws {unknown} The signal's reason.
   */
  claim?(key: string, options: WaitOptions): Promise<Disposable>;
  /**
   * Called before a run's work begins.
   *
   * @throws {EspalierError} ERR_PERMISSION if the store may not be written.
   */
  prepare?(): Promise<void>;
  /** Bytes that there is room for; undefined, or no such method, where nobody can tell. */
  free?(): Promise<number | undefined>;
}
