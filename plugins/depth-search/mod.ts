/**
 * Search over the depths of stages, as TAS does (eq. 5): each may keep its first blocks only.
 *
 * @module
 */
import { definePlugin, type PluginFactory, SearchSpaceToken } from "@espalier/core";
import { depthDecisions, SPACE } from "./depth_decisions.ts";
import {
  type DepthSearchOptions,
  type DepthSearchOptionsInput,
  depthSearchOptionsSchema,
} from "./options.ts";

export { oddDepths, proportionalDepths } from "./candidates.ts";
export { depthDecisions } from "./depth_decisions.ts";
export type { DepthSearchOptions, DepthSearchOptionsInput } from "./options.ts";

/** Plugin that provides a `SearchSpace` over the blocks of stages. */
export const depthSearch: PluginFactory<DepthSearchOptionsInput> = definePlugin<
  DepthSearchOptions,
  DepthSearchOptionsInput
>({
  name: SPACE,
  version: "1",
  provides: [SearchSpaceToken],
  options: depthSearchOptionsSchema,
  setup(context, options) {
    context.provide(SearchSpaceToken, () => ({
      name: SPACE,
      decisions: (blueprint) => depthDecisions(blueprint, options),
    }));
  },
});
