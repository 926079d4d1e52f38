import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type InheritWeightsOptions = Record<never, never>;

/** Schema of {@linkcode InheritWeightsOptions}. */
export const inheritWeightsOptionsSchema: z.ZodType<InheritWeightsOptions, InheritWeightsOptions> =
  z.strictObject({});
