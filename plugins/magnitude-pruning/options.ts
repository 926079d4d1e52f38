import { z } from "zod";

/** Validated options of the plugin: there are none. */
export type MagnitudePruningOptions = Record<never, never>;

/** Schema of {@linkcode MagnitudePruningOptions}. */
export const magnitudePruningOptionsSchema: z.ZodType<
  MagnitudePruningOptions,
  MagnitudePruningOptions
> = z.strictObject({});
