import * as z from "zod";
import { type LatencyTables, latencyTablesSchema } from "./table.ts";

/** Options of `latency`. */
export interface LatencyOptions {
  /** Tables by engine and device, as measured by `measureLatency`. */
  readonly tables: LatencyTables;
  /**
   * The engine that will serve.
   *
   * @default the only one
   */
  readonly engine?: string | undefined;
  /**
   * The device that will serve.
   *
   * @default the only one
   */
  readonly device?: string | undefined;
}

/** Schema of {@linkcode LatencyOptions}. */
export const latencyOptionsSchema: z.ZodType<LatencyOptions, LatencyOptions> = z.strictObject({
  tables: latencyTablesSchema,
  engine: z.string().optional(),
  device: z.string().optional(),
});
