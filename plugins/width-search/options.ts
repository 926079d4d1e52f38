import * as z from "zod";

/** How narrow a layer may become. */
export interface WidthLimits {
  /**
   * The number that candidates are multiples of, the unpruned width excepted.
   *
   * @default {1}
   */
  readonly divisor?: number | undefined;
  /**
   * Fewest channels that stay; all do of a layer that has fewer.
   *
   * @default {1}
   */
  readonly minChannels?: number | undefined;
  /**
   * Largest share of its channels that a layer may lose, from 0 to 1.
   *
   * @default {1}
   */
  readonly maxPruned?: number | undefined;
}

/**
 * Validated options of the plugin. Patterns are names of nodes or of an author's layers, in which `*`
 * stands for any letters.
 */
export interface WidthSearchOptions extends WidthLimits {
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
  /** Limits of layers by pattern, in place of those of all; of layers decided as one the strictest. */
  readonly layers?: Readonly<Record<string, WidthLimits>> | undefined;
  /** Patterns of layers that keep all channels they make; what they read may still shrink. */
  readonly ignore?: readonly string[] | undefined;
  /** Patterns of layers that go on reading all channels they read: what makes these keeps them. */
  readonly ignoreInputs?: readonly string[] | undefined;
}

/** Options as the user writes them. */
export type WidthSearchOptionsInput = {
  readonly [K in keyof WidthSearchOptions]?: WidthSearchOptions[K] | undefined;
};

/** Largest ratio: kernels and their gradients have its square as many entries. */
const MOST = 4;
const limits = {
  divisor: z.int().positive().optional().describe("Number that candidates are multiples of"),
  minChannels: z.int().positive().optional().describe("Fewest channels that stay"),
  maxPruned: z.number().min(0).max(1).optional().describe("Largest share of channels that go"),
};

/** Schema of {@linkcode WidthSearchOptions}. */
export const widthSearchOptionsSchema: z.ZodType<WidthSearchOptions, WidthSearchOptionsInput> = z
  .strictObject({
    ratios: z.array(z.number().gt(0).max(MOST))
      .refine((ratios) => ratios.includes(1), "1, the unpruned width, must be among the ratios")
      .default([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
      .describe("Widths of a layer as shares of its channels; above 1 it grows"),
    residual: z.enum(["project", "tie"]).default("project")
      .describe("Whether sides of a residual sum that differ are projected, or tied to one width"),
    ...limits,
    layers: z.record(z.string(), z.strictObject(limits)).optional()
      .describe("Limits by pattern of layers"),
    ignore: z.array(z.string()).optional().describe("Layers that keep all channels they make"),
    ignoreInputs: z.array(z.string()).optional()
      .describe("Layers that go on reading all channels they read"),
  });
