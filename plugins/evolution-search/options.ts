import * as z from "zod";

/** Validated options of the plugin. */
export interface EvolutionSearchOptions {
  /**
   * Architectures of a generation.
   *
   * @default {10}
   */
  readonly population: number;
  /**
   * Generations; the first is drawn.
   *
   * @default {5}
   */
  readonly generations: number;
  /**
   * The best so far, of which the next generation descends.
   *
   * @default {4}
   */
  readonly parents: number;
  /**
   * Probability with which a mutation draws a decision anew.
   *
   * @default {0.1}
   */
  readonly mutation: number;
}

/** Options as the user writes them. */
export type EvolutionSearchOptionsInput = {
  [K in keyof EvolutionSearchOptions]?: EvolutionSearchOptions[K] | undefined;
};

/** Schema of {@linkcode EvolutionSearchOptions}. */
export const evolutionSearchOptionsSchema: z.ZodType<
  EvolutionSearchOptions,
  EvolutionSearchOptionsInput
> = z.strictObject({
  population: z.int().min(1).default(10).describe("Architectures of a generation"),
  generations: z.int().min(1).default(5).describe("Generations; the first is drawn"),
  parents: z.int().min(1).default(4).describe("The best so far, of which the next descends"),
  mutation: z.number().positive().max(1).default(0.1)
    .describe("Probability with which a mutation draws a decision anew"),
});
