import * as z from "zod";

/** Validated options of the plugin. */
export interface KdOptions {
  /**
   * Weight w of the teacher's term, 0 to 1; the loss with the labels has 1 − w.
   *
   * @default {0.9}
   */
  readonly weight: number;
  /**
   * Temperature T that softens both distributions.
   *
   * @default {4}
   */
  readonly temperature: number;
  /**
   * `kl`: T² · KL(teacher ‖ student), as the official code. `cross-entropy`: the cross-entropy of
   * the two softened distributions without T², as the paper writes it. Where labels are numbers, it is
   * the squared distance of the outputs.
   *
   * @default {"kl"}
   */
  readonly form: "kl" | "cross-entropy";
  /**
   * Weight in the last epoch, to which it moves by the same amount every epoch.
   *
   * @default the weight
   */
  readonly finalWeight?: number | undefined;
  /**
   * Temperature in the last epoch, to which it moves by the same amount every epoch.
   *
   * @default the temperature
   */
  readonly finalTemperature?: number | undefined;
}

/** Options as the user writes them. */
export type KdOptionsInput = { [K in keyof KdOptions]?: KdOptions[K] | undefined };

/** Schema of {@linkcode KdOptions}. */
export const kdOptionsSchema: z.ZodType<KdOptions, KdOptionsInput> = z.strictObject({
  weight: z.number().min(0).max(1).default(0.9).describe("Weight of the teacher's term, 0 to 1"),
  temperature: z.number().positive().default(4).describe("Softens both distributions"),
  form: z.enum(["kl", "cross-entropy"]).default("kl")
    .describe("kl: with the factor T²; cross-entropy: without, as the paper writes it"),
  finalWeight: z.number().min(0).max(1).optional().describe("Weight in the last epoch"),
  finalTemperature: z.number().positive().optional().describe("Temperature in the last epoch"),
});
