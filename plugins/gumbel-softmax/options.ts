import * as z from "zod";
import type { TauSchedule } from "./tau.ts";

/** Validated options of the plugin. */
export interface GumbelSoftmaxOptions {
  /**
   * K, candidates drawn for each width. `"all"` mixes every candidate. With 1 the only weight is 1,
   * so that only the cost term of the architecture loss reaches the logits.
   *
   * @default {2}
   */
  readonly count: number | "all";
  /**
   * Temperature by epoch.
   *
   * @default {{ from: 10, to: 0.1, schedule: "linear" }}
   */
  readonly tau: TauSchedule;
  /**
   * Whether logits get Gumbel noise and a temperature. Without them, both the draw and the weights are
   * those of the plain softmax, the ablation "w/o Gumbel" of the paper's figure 3.
   *
   * @default {true}
   */
  readonly noise: boolean;
}

/** Options as the user writes them. */
export interface GumbelSoftmaxOptionsInput {
  /** K, candidates drawn for each width. */
  readonly count?: number | "all" | undefined;
  /** Temperature by epoch. */
  readonly tau?: { [K in keyof TauSchedule]?: TauSchedule[K] | undefined } | undefined;
  /** Whether logits get Gumbel noise and a temperature. */
  readonly noise?: boolean | undefined;
}

/** Schema of {@linkcode GumbelSoftmaxOptions}. */
export const gumbelSoftmaxOptionsSchema: z.ZodType<
  GumbelSoftmaxOptions,
  GumbelSoftmaxOptionsInput
> = z.strictObject({
  count: z.union([z.int().min(1), z.literal("all")]).default(2)
    .describe("Candidates drawn for each width"),
  tau: z.strictObject({
    from: z.number().positive().default(10).describe("Temperature of the first epoch"),
    to: z.number().positive().default(0.1).describe("Temperature at the end"),
    schedule: z.enum(["linear", "cosine"]).default("linear")
      .describe("linear: the paper's; cosine: the official code's, with from = 5"),
  }).prefault({}).describe("Temperature by epoch"),
  noise: z.boolean().default(true).describe("Whether to add Gumbel noise, scaled by tau"),
});
