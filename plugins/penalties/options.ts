import * as z from "zod";

/** Validated options of a penalty. */
export interface PenaltyOptions {
  /** Factor of the term. */
  readonly weight: number;
  /**
   * Phases whose training it acts in: `pretrain`, `search`, `control`, `train`, or one of your own.
   *
   * @default {["pretrain"]}
   */
  readonly phases: readonly string[];
}

/** Options as the user writes them. */
export type PenaltyOptionsInput = { [K in keyof PenaltyOptions]?: PenaltyOptions[K] | undefined };

/** Schema of {@linkcode PenaltyOptions}, with the default of its weight. */
export function penaltyOptionsSchema(
  weight: number,
): z.ZodType<PenaltyOptions, PenaltyOptionsInput> {
  return z.strictObject({
    weight: z.number().min(0).default(weight).describe("Factor of the term"),
    phases: z.array(z.string()).readonly().default(["pretrain"])
      .describe("Phases whose training it acts in"),
  });
}
