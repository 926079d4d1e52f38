import * as z from "zod";

/** Options of a plugin that has none. */
export type NoOptions = Record<string, never>;

/** Schema of {@linkcode NoOptions}: accepts `{}` and refuses every name. */
export const noOptions: z.ZodType<NoOptions, NoOptions> = z.strictObject({});
