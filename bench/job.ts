/** What can be timed. */
export const JOB_KINDS = ["plain", "search-width", "search-both"] as const;

/**
 * `plain`: training steps of the unpruned network; `search-width`, `search-both`: pairs of a weights
 * and an architecture step, without and with a search over depth.
 */
export type JobKind = typeof JOB_KINDS[number];

/** One thing to time; JSON, so that it can be told to a process. */
export interface Job {
  /** What is done. */
  readonly kind: JobKind;
  /** What is trained, as in `resnet20`. */
  readonly network: string;
  /** Height and width of its images. */
  readonly size: number;
  /** Images of a step. */
  readonly batch: number;
  /** K, candidates drawn for each width. */
  readonly k: number;
  /**
   * Candidates of a layer, equal shares of its channels.
   *
   * @default {TAS's 8, from 0.3 to 1}
   */
  readonly candidates?: number;
  /**
   * Whether the widest candidate is always drawn, so that jobs of unlike K and candidates run the
   * same convolutions.
   *
   * @default {false}
   */
  readonly sameWidths?: boolean;
}

/** A job under way. */
export interface RunningJob extends AsyncDisposable {
  /** Do one training step, or one pair of search steps. */
  step(): Promise<void>;
}

/** Images that one step of a job uses: a search step uses a batch of each half. */
export function imagesOf({ kind, batch }: Job): number {
  return kind === "plain" ? batch : 2 * batch;
}
