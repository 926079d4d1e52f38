import * as z from "zod";

/** Validated options of the plugin. */
export interface RandomSearchOptions {
  /**
   * Architectures to draw and to score.
   *
   * @default {20}
   */
  readonly candidates: number;
}

/** Options as the user writes them. */
export type RandomSearchOptionsInput = {
  [K in keyof RandomSearchOptions]?: RandomSearchOptions[K] | undefined;
};

/** Schema of {@linkcode RandomSearchOptions}. */
export const randomSearchOptionsSchema: z.ZodType<RandomSearchOptions, RandomSearchOptionsInput> = z
  .strictObject({
    candidates: z.int().min(1).default(20).describe("Architectures to draw and to score"),
  });
