/**
 * Search over the widths of convolutions, as TAS does (eq. 2–4): each may keep a share of its
 * channels.
 *
 * @module
 */
import { definePlugin, type PluginFactory, SearchSpaceToken } from "@espalier/core";
import {
  type WidthSearchOptions,
  type WidthSearchOptionsInput,
  widthSearchOptionsSchema,
} from "./options.ts";
import { SPACE, widthDecisions } from "./width_decisions.ts";

export { widthCandidates } from "./candidates.ts";
export type { WidthLimits, WidthSearchOptions, WidthSearchOptionsInput } from "./options.ts";
export { widthDecisions } from "./width_decisions.ts";

/** Plugin that provides a `SearchSpace` over the channels of convolutions. */
export const widthSearch: PluginFactory<WidthSearchOptionsInput> = definePlugin<
  WidthSearchOptions,
  WidthSearchOptionsInput
>({
  name: SPACE,
  version: "1",
  provides: [SearchSpaceToken],
  options: widthSearchOptionsSchema,
  setup(context, options) {
    context.provide(SearchSpaceToken, () => ({
      name: SPACE,
      decisions: (blueprint) => widthDecisions(blueprint, options),
    }));
  },
});
