import * as z from "zod";

/** Validated options of the plugin. */
export interface DepthSearchOptions {
  /**
   * Candidates of a stage. `odd` (CIFAR): 1, 3, 5, … and all blocks, or every number up to three
   * blocks. `proportional` (deeper ImageNet networks): equal shares of the depth, as many as the
   * shortest stage has blocks.
   *
   * @default {"odd"}
   */
  readonly rule: "odd" | "proportional";
}

/** Options as the user writes them. */
export type DepthSearchOptionsInput = {
  readonly [K in keyof DepthSearchOptions]?: DepthSearchOptions[K] | undefined;
};

/** Schema of {@linkcode DepthSearchOptions}. */
export const depthSearchOptionsSchema: z.ZodType<DepthSearchOptions, DepthSearchOptionsInput> = z
  .strictObject({
    rule: z.enum(["odd", "proportional"]).default("odd")
      .describe("How the candidates of a stage follow from its depth"),
  });
