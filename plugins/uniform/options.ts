import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type UniformOptions = Record<never, never>;

/** Schema of {@linkcode UniformOptions}. */
export const uniformOptionsSchema: z.ZodType<UniformOptions, UniformOptions> = z.strictObject({});
