import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type ZeroPadOptions = Record<never, never>;

/** Schema of {@linkcode ZeroPadOptions}. */
export const zeroPadOptionsSchema: z.ZodType<ZeroPadOptions, ZeroPadOptions> = z.strictObject({});
