/**
 * Nearest-neighbour resizing: aligns features of unlike width by repeating channels.
 *
 * @module
 */
import { type Aggregator, AggregatorToken, definePlugin, type PluginFactory } from "@espalier/core";
import { nearestMatrix, repeatChannels } from "./nearest.ts";
import { type NearestOptions, nearestOptionsSchema } from "./options.ts";

export { nearestMatrix, repeatChannels } from "./nearest.ts";
export type { NearestOptions } from "./options.ts";

const aggregator: Aggregator = Object.freeze({ resize: repeatChannels, matrix: nearestMatrix });

/** Plugin that provides an `Aggregator` by nearest-neighbour resizing. */
export const nearest: PluginFactory<NearestOptions> = definePlugin<NearestOptions, NearestOptions>({
  name: "nearest",
  version: "1",
  provides: [AggregatorToken],
  options: nearestOptionsSchema,
  setup(context) {
    context.provide(AggregatorToken, () => aggregator);
  },
});
