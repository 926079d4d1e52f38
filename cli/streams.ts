import type { ProgressStream } from "@espalier/reports";

/** Where a command writes: results, and what people read meanwhile. */
export interface Streams {
  /** Results. */
  readonly stdout: ProgressStream;
  /** Progress, notes and errors. */
  readonly stderr: ProgressStream;
}
