import * as z from "zod";

/** Validated options of the plugin. */
export interface InformationOptions {
  /**
   * Factor of the term.
   *
   * @default {1}
   */
  readonly weight: number;
  /**
   * Variance that the features begin with.
   *
   * @default {5}
   */
  readonly variance: number;
}

/** Options as the user writes them. */
export type InformationOptionsInput = { [K in keyof InformationOptions]?: number | undefined };

/** Schema of {@linkcode InformationOptions}. */
export const informationOptionsSchema: z.ZodType<InformationOptions, InformationOptionsInput> = z
  .strictObject({
    weight: z.number().min(0).default(1).describe("Factor of the term"),
    variance: z.number().min(0.01).default(5).describe("Variance that the features begin with"),
  });
