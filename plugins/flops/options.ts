import * as z from "zod";

/** Validated options of `budgetLoss`. */
export interface BudgetLossOptions {
  /**
   * Factor λ of the cost loss.
   *
   * @default {2}
   */
  readonly weight: number;
}

/** Options of `budgetLoss` as the user writes them. */
export type BudgetLossOptionsInput = {
  readonly [K in keyof BudgetLossOptions]?: BudgetLossOptions[K] | undefined;
};

/** Schema of {@linkcode BudgetLossOptions}. */
export const budgetLossOptionsSchema: z.ZodType<BudgetLossOptions, BudgetLossOptionsInput> = z
  .strictObject({
    weight: z.number().min(0).default(2).describe("Factor of the cost loss"),
  });
