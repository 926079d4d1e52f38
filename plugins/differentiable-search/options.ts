import * as z from "zod";
import type { SgdOptions } from "@espalier/core";

/** How the shared weights are trained while searching. */
export interface SearchWeightsOptions extends SgdOptions {
  /** Learning rate of the first epoch; it falls to 0 along a cosine. */
  readonly rate: number;
}

/** How the architecture parameters are trained: Adam at a constant rate. */
export interface SearchArchitectureOptions {
  /** Learning rate. */
  readonly rate: number;
  /** Decay rates of the moving averages of the gradient and of its square. */
  readonly betas: readonly [beta1: number, beta2: number];
  /** Weight decay, added to the gradient. */
  readonly decay: number;
}

/** Validated options of the plugin. */
export interface DifferentiableSearchOptions {
  /**
   * Epochs of the search; in one, each half of the training images is seen once.
   *
   * @default {600}
   */
  readonly epochs: number;
  /**
   * Images of a weights step, and of an architecture step.
   *
   * @default {256}
   */
  readonly batchSize: number;
  /**
   * Optimizer of the shared weights: SGD.
   *
   * @default {{ rate: 0.1, momentum: 0.9, nesterov: true, decay: 5e-4 }}
   */
  readonly weights: SearchWeightsOptions;
  /**
   * Optimizer of the architecture parameters: Adam.
   *
   * @default {{ rate: 1e-3, betas: [0.5, 0.999], decay: 1e-3 }}
   */
  readonly architecture: SearchArchitectureOptions;
  /**
   * Whether the expected cost counts the projections that unequal widths will need: `omitted`, as in
   * the official code, or `expected`, which bottleneck blocks need.
   *
   * @default {"omitted"}
   */
  readonly projections: "omitted" | "expected";
  /**
   * What the supernet begins with: `fresh` weights, as in the paper; or those of the `teacher`, the
   * trained unpruned network, whose first channels should be the most important ones.
   *
   * @default {"fresh"}
   */
  readonly start: "fresh" | "teacher";
  /**
   * What is chosen, and what the cost loss goes by: the `most-probable` candidates, as in the paper; or
   * those `nearest-to-mean`, which suit searches of so few steps that no candidate is decided.
   *
   * @default {"most-probable"}
   */
  readonly choose: "most-probable" | "nearest-to-mean";
}

/** Options as the user writes them. */
export interface DifferentiableSearchOptionsInput {
  /** Epochs of the search. */
  readonly epochs?: number | undefined;
  /** Images of a step. */
  readonly batchSize?: number | undefined;
  /** Optimizer of the shared weights. */
  readonly weights?:
    | { readonly [K in keyof SearchWeightsOptions]?: SearchWeightsOptions[K] | undefined }
    | undefined;
  /** Optimizer of the architecture parameters. */
  readonly architecture?:
    | { readonly [K in keyof SearchArchitectureOptions]?: SearchArchitectureOptions[K] | undefined }
    | undefined;
  /** Whether the expected cost counts projections. */
  readonly projections?: "omitted" | "expected" | undefined;
  /** What the supernet begins with. */
  readonly start?: "fresh" | "teacher" | undefined;
  /** What is chosen. */
  readonly choose?: "most-probable" | "nearest-to-mean" | undefined;
}

const share = z.number().min(0).lt(1);

/** Schema of {@linkcode DifferentiableSearchOptions}. */
export const differentiableSearchOptionsSchema: z.ZodType<
  DifferentiableSearchOptions,
  DifferentiableSearchOptionsInput
> = z.strictObject({
  epochs: z.int().min(1).default(600).describe("Epochs of the search"),
  batchSize: z.int().min(1).default(256).describe("Images of a step"),
  weights: z.strictObject({
    rate: z.number().positive().default(0.1).describe(
      "First learning rate; it falls to 0 along a cosine",
    ),
    momentum: share.default(0.9).describe("Share of the velocity that is kept"),
    nesterov: z.boolean().default(true).describe("Whether to look ahead"),
    decay: z.number().min(0).default(5e-4).describe("Weight decay"),
  }).prefault({}).describe("Optimizer of the shared weights"),
  architecture: z.strictObject({
    rate: z.number().positive().default(1e-3).describe("Learning rate, constant"),
    betas: z.tuple([share, share]).readonly().default([0.5, 0.999])
      .describe("Decay rates of the averages of gradient and squared gradient"),
    decay: z.number().min(0).default(1e-3).describe("Weight decay"),
  }).prefault({}).describe("Optimizer of the architecture parameters"),
  projections: z.enum(["omitted", "expected"]).default("omitted")
    .describe("Whether the expected cost counts the projections that unequal widths will need"),
  start: z.enum(["fresh", "teacher"]).default("fresh")
    .describe("What the supernet begins with"),
  choose: z.enum(["most-probable", "nearest-to-mean"]).default("most-probable")
    .describe("What is chosen, and what the cost loss goes by"),
});
