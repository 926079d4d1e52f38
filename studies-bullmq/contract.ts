import type { SerializedError } from "@espalier/core";
import type { StudyData } from "@espalier/studies";
import type { Job } from "@espalier/studies/fleet";

/** Where Redis is. */
export interface RedisOptions {
  /**
   * Its address, as in `redis://:password@host:6379`, or `rediss://` for TLS.
   *
   * @default {"redis://127.0.0.1:6379"}
   */
  readonly redis?: string | undefined;
  /** Name of the queue; each study has one of its own. */
  readonly queue: string;
}

/** What a job of the queue says: a run, and the study that it belongs to. */
export interface QueuedRun extends Job {
  /** The study as data, of which every worker makes it. */
  readonly study: StudyData;
}

/** What a run comes to. */
export interface QueuedResult {
  /** Text of its `result.json`. */
  readonly left: string;
}

/** Why a job failed, as the text of its failure. */
export interface Failure {
  /** The error of the run; absent where a worker process died. */
  readonly error?: SerializedError;
  /** How it died. */
  readonly lost?: string;
}

/** Address of a Redis on this machine, which nobody else reaches. */
export const LOOPBACK = "redis://127.0.0.1:6379";
