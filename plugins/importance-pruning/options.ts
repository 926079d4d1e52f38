import * as z from "zod";
import type { Normalization, Reduction } from "./group_importance.ts";
import type { RankingScope } from "./ranking.ts";

/** Validated options of the plugin. */
export interface ImportancePruningOptions {
  /**
   * Which channels are compared. `global`: all. `layer`: those of a group, so that all groups lose the
   * same share. `isomorphic`: those of all groups of one structure.
   *
   * @default {"global"}
   */
  readonly ranking: RankingScope;
  /**
   * What of a group is scored: the members in the role that the importance is defined for, or those of
   * all roles that it scores (filters, scales of norms, kernels that read the channels).
   *
   * @default {"main"}
   */
  readonly members: "main" | "all";
  /**
   * How the scores of members become one; `first` takes that of the first layer.
   *
   * @default {"sum"}
   */
  readonly reduction: Reduction;
  /**
   * What the scores of a group are divided by.
   *
   * @default {"mean"}
   */
  readonly normalization: Normalization;
  /**
   * Training images, for importances that need any, rounded up to whole batches.
   *
   * @default {512}
   */
  readonly images: number;
  /**
   * Images per batch.
   *
   * @default {64}
   */
  readonly batchSize: number;
  /**
   * Rounds of pruning. In several, costs fall by a cubic schedule, and what is left is trained between
   * them.
   *
   * @default {1}
   */
  readonly rounds: number;
  /**
   * Epochs of training between two rounds.
   *
   * @default {1}
   */
  readonly epochs: number;
  /**
   * Learning rate of that training.
   *
   * @default {0.01}
   */
  readonly rate: number;
}

/** Options as the user writes them. */
export type ImportancePruningOptionsInput = {
  [K in keyof ImportancePruningOptions]?: ImportancePruningOptions[K] | undefined;
};

/** Schema of {@linkcode ImportancePruningOptions}. */
export const importancePruningOptionsSchema: z.ZodType<
  ImportancePruningOptions,
  ImportancePruningOptionsInput
> = z.strictObject({
  ranking: z.enum(["global", "layer", "isomorphic"]).default("global")
    .describe("Which channels are compared"),
  members: z.enum(["main", "all"]).default("main").describe("What of a group is scored"),
  reduction: z.enum(["sum", "mean", "max", "product", "first"]).default("sum")
    .describe("How the scores of members become one"),
  normalization: z.enum(["mean", "max", "sum", "l2", "none"]).default("mean")
    .describe("What the scores of a group are divided by"),
  images: z.int().min(1).default(512).describe("Training images, for importances that need any"),
  batchSize: z.int().min(1).default(64).describe("Images per batch"),
  rounds: z.int().min(1).default(1).describe("Rounds of pruning, with training between them"),
  epochs: z.int().min(1).default(1).describe("Epochs of training between two rounds"),
  rate: z.number().positive().default(0.01).describe("Learning rate of that training"),
});
