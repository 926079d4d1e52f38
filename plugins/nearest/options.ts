import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type NearestOptions = Record<never, never>;

/** Schema of {@linkcode NearestOptions}. */
export const nearestOptionsSchema: z.ZodType<NearestOptions, NearestOptions> = z.strictObject({});
