import { z } from "zod";

/** Validated options of the plugin. */
export interface WidthSearchOptions {
  /**
   * Widths of a layer as shares of its channels, in (0, 4]; 1 is among them. Above 1 a layer grows.
   *
   * @default {[0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]}
   */
  readonly ratios: readonly number[];
  /**
   * How a residual sum gets sides of one width: `project` puts a projection into one side where they
   * differ, `tie` lets the layers of both sides share one decision. Sums that have no projection, as
   * those of imported networks, are always tied.
   *
   * @default {"project"}
   */
  readonly residual: "project" | "tie";
}

/** Options as the user writes them. */
export type WidthSearchOptionsInput = {
  readonly [K in keyof WidthSearchOptions]?: WidthSearchOptions[K] | undefined;
};

/** Largest ratio: kernels and their gradients have its square as many entries. */
const MOST = 4;

/** Schema of {@linkcode WidthSearchOptions}. */
export const widthSearchOptionsSchema: z.ZodType<WidthSearchOptions, WidthSearchOptionsInput> = z
  .strictObject({
    ratios: z.array(z.number().gt(0).max(MOST))
      .refine((ratios) => ratios.includes(1), "1, the unpruned width, must be among the ratios")
      .default([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
      .describe("Widths of a layer as shares of its channels; above 1 it grows"),
    residual: z.enum(["project", "tie"]).default("project")
      .describe("Whether sides of a residual sum that differ are projected, or tied to one width"),
  });
