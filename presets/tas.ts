import { parseOptions, type Plugin, type TrainingOptions } from "@espalier/core";
import { cwi } from "@espalier/plugin-cwi";
import { depthSearch } from "@espalier/plugin-depth-search";
import { differentiableSearch } from "@espalier/plugin-differentiable-search";
import { budgetLoss, flops } from "@espalier/plugin-flops";
import { gumbelSoftmax } from "@espalier/plugin-gumbel-softmax";
import { inheritWeights } from "@espalier/plugin-inherit-weights";
import { kd } from "@espalier/plugin-kd";
import { sortChannels } from "@espalier/plugin-sort-channels";
import { type DeepPartial, trainingRecipe } from "@espalier/plugin-training-recipe";
import { widthSearch } from "@espalier/plugin-width-search";
import * as z from "zod";
import { RECIPE_NAMES, type RecipeName, RECIPES } from "./recipes.ts";

/** Epochs that differ from the recipe's. */
export interface TasEpochs {
  /** Of the unpruned network's training. */
  readonly pretrain?: number | undefined;
  /** Of the search. */
  readonly search?: number | undefined;
  /** Of the derived network's training. */
  readonly train?: number | undefined;
}

/** Options of {@linkcode tas}. */
export interface TasOptions {
  /**
   * `default`: the paper's search with the official code's training and distillation; `paper`;
   * `paper-imagenet`, for `imageFolder({ directory, ...IMAGENET })` of `@espalier/images`; `official`, to be used with `zone: "below"` in the budget; `quick`: for minutes instead of days, a
   * few epochs that start from the unpruned network, whose channels are sorted by importance; layers that
   * meet in a sum keep the same channels.
   *
   * @default {"default"}
   */
  readonly recipe?: RecipeName | undefined;
  /**
   * Whether the widths of layers are searched.
   *
   * @default {true}
   */
  readonly width?: boolean | undefined;
  /**
   * Whether the depths of stages are searched.
   *
   * @default {false}
   */
  readonly depth?: boolean | undefined;
  /**
   * Other numbers of epochs. Warm-up and hold then take at most a quarter of them each.
   *
   * @default the recipe's
   */
  readonly epochs?: TasEpochs | undefined;
}

const epochs = z.int().min(1).optional();

const tasOptionsSchema = z.strictObject({
  recipe: z.enum(RECIPE_NAMES).default("default").describe("Settings of all parts"),
  width: z.boolean().default(true).describe("Whether widths are searched"),
  depth: z.boolean().default(false).describe("Whether depths are searched"),
  epochs: z.strictObject({ pretrain: epochs, search: epochs, train: epochs }).default({})
    .describe("Other numbers of epochs"),
}).refine(({ width, depth }) => width || depth, {
  path: ["width"],
  error: "without width or depth there is nothing to search",
});

/** A training with another number of epochs. */
function withEpochs(
  training: DeepPartial<TrainingOptions>,
  epochs: number | undefined,
): DeepPartial<TrainingOptions> {
  if (epochs === undefined) return training;
  const { warmupEpochs = 5, holdEpochs = 0 } = training.rate ?? {};
  const most = Math.floor(epochs / 4);
  const rate = {
    ...training.rate,
    warmupEpochs: Math.min(warmupEpochs, most),
    holdEpochs: Math.min(holdEpochs, most),
  };
  return { ...training, epochs, rate };
}

/**
 * The plugins of TAS: width search (and depth search), Gumbel-softmax, channel-wise interpolation,
 * multiply-adds and their loss, the differentiable search, distillation, settings of the trainings; by the
 * quick recipe also sorted channels and inherited weights.
 * An ordinary array: `swap`, `replaceAll` and `without` change it.
 *
 * Source: TAS (NeurIPS 2019).
 *
 * @example Another aggregator
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { swap, tas, zeroPad } from "@espalier/espalier";
 *
 * const names = swap(tas(), zeroPad()).map(({ name }) => name);
 * assertEquals([names.includes("zero-pad"), names.includes("cwi")], [true, false]);
 * ```
 *
 * @param options The recipe, what is searched, and numbers of epochs.
 * @returns The plugins.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an option that is unknown or not valid.
 */
export function tas(options: TasOptions = {}): Plugin[] {
  const { recipe, width, depth, epochs } = parseOptions(tasOptionsSchema, options, {
    subject: 'preset "tas"',
  });
  const { widths, sampler, search, pretrain, train, distillation, inherits } = RECIPES[recipe];
  return [
    ...width ? [widthSearch(widths)] : [],
    ...depth ? [depthSearch()] : [],
    gumbelSoftmax(sampler),
    cwi(),
    flops(),
    budgetLoss(),
    differentiableSearch({ ...search, ...epochs.search && { epochs: epochs.search } }),
    ...inherits ? [sortChannels(), inheritWeights()] : [],
    kd(distillation),
    trainingRecipe({
      pretrain: withEpochs(pretrain, epochs.pretrain),
      train: withEpochs(train, epochs.train),
    }),
  ];
}
