import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type CwiOptions = Record<never, never>;

/** Schema of {@linkcode CwiOptions}. */
export const cwiOptionsSchema: z.ZodType<CwiOptions, CwiOptions> = z.strictObject({});
