/**
 * Nearest-neighbour resizing: aligns features of different widths by repeating channels.
 *
 * @module
 */
import {
  type Aggregator,
  AggregatorToken,
  definePlugin,
  type NoOptions,
  noOptions,
  type PluginFactory,
} from "@espalier/core";
import { nearestMatrix, repeatChannels } from "./nearest.ts";

export { nearestMatrix, repeatChannels } from "./nearest.ts";

const aggregator: Aggregator = Object.freeze({ resize: repeatChannels, matrix: nearestMatrix });

/** Plugin that provides an `Aggregator` by nearest-neighbour resizing. */
export const nearest: PluginFactory<NoOptions> = definePlugin({
  name: "nearest",
  version: "1",
  provides: [AggregatorToken],
  options: noOptions,
  setup(context) {
    context.provide(AggregatorToken, () => aggregator);
  },
});
