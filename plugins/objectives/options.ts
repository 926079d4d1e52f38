import * as z from "zod";

/** Validated options of `classification`. */
export interface ClassificationOptions {
  /**
   * Share ε of the label that is spread over all classes: its class gets 1 − ε + ε / classes.
   *
   * @default {0}
   */
  readonly labelSmoothing: number;
  /**
   * Factor of the loss of an image, by its class; for classes of unlike size. None: 1 for all.
   *
   * @default {[]}
   */
  readonly classWeights: readonly number[];
}

/** Options as the user writes them. */
export type ClassificationOptionsInput = {
  [K in keyof ClassificationOptions]?: ClassificationOptions[K] | undefined;
};

/** Schema of {@linkcode ClassificationOptions}. */
export const classificationOptionsSchema: z.ZodType<
  ClassificationOptions,
  ClassificationOptionsInput
> = z.strictObject({
  labelSmoothing: z.number().min(0).lt(1).default(0)
    .describe("Share of the label that is spread over all classes"),
  classWeights: z.array(z.number().min(0)).readonly().default([])
    .describe("Factor of the loss of an image, by its class"),
});

/** Validated options of `regression`. */
export interface RegressionOptions {
  /**
   * Of an error e: `squared` e², `absolute` |e|, `huber` e² / 2 up to delta and linear beyond.
   *
   * @default {"squared"}
   */
  readonly loss: "squared" | "absolute" | "huber";
  /**
   * Where the Huber loss becomes linear, in the unit of the labels.
   *
   * @default {1}
   */
  readonly delta: number;
}

/** Options as the user writes them. */
export type RegressionOptionsInput = {
  [K in keyof RegressionOptions]?: RegressionOptions[K] | undefined;
};

/** Schema of {@linkcode RegressionOptions}. */
export const regressionOptionsSchema: z.ZodType<RegressionOptions, RegressionOptionsInput> = z
  .strictObject({
    loss: z.enum(["squared", "absolute", "huber"]).default("squared")
      .describe("What is minimised of an error"),
    delta: z.number().positive().default(1).describe("Where the Huber loss becomes linear"),
  });
