import * as z from "zod";

/** Validated options of a transfer of features. */
export interface FeatureTransferOptions {
  /** Factor of the distances. */
  readonly weight: number;
  /**
   * Stages, or nodes of the unpruned network, whose values are compared.
   *
   * @default all stages
   */
  readonly taps?: readonly string[] | undefined;
}

/** Options as the user writes them. */
export type FeatureTransferOptionsInput = {
  [K in keyof FeatureTransferOptions]?: FeatureTransferOptions[K] | undefined;
};

/** Schema of {@linkcode FeatureTransferOptions}, with the default of its weight. */
export function featureTransferOptionsSchema(
  weight: number,
): z.ZodType<FeatureTransferOptions, FeatureTransferOptionsInput> {
  return z.strictObject({
    weight: z.number().min(0).default(weight).describe("Factor of the distances"),
    taps: z.array(z.string()).min(1).readonly().optional()
      .describe("Stages or nodes whose values are compared; all stages if absent"),
  });
}
