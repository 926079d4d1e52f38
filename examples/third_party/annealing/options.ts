import * as z from "zod";

/** Validated options of the plugin. */
export interface AnnealingOptions {
  /**
   * Architectures that are scored.
   *
   * @default {40}
   */
  readonly steps: number;
  /**
   * Temperature of the first step, in the unit of the score, which is 0 to 1 for accuracy.
   *
   * @default {0.05}
   */
  readonly first: number;
  /**
   * Temperature of the last step.
   *
   * @default {0.001}
   */
  readonly last: number;
}

/** Options as the user writes them. */
export type AnnealingOptionsInput = { [K in keyof AnnealingOptions]?: number | undefined };

/** Schema of {@linkcode AnnealingOptions}. */
export const annealingOptionsSchema: z.ZodType<AnnealingOptions, AnnealingOptionsInput> = z
  .strictObject({
    steps: z.int().min(1).default(40).describe("Architectures that are scored"),
    first: z.number().positive().default(0.05).describe("Temperature of the first step"),
    last: z.number().positive().default(0.001).describe("Temperature of the last step"),
  }).refine(({ first, last }) => last <= first, {
    path: ["last"],
    error: "the temperature may not rise",
  });
