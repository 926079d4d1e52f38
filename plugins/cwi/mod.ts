/**
 * Channel-wise interpolation: aligns features of different widths.
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
import { interpolateChannels, interpolationMatrix } from "./cwi.ts";

export { interpolateChannels, interpolationMatrix } from "./cwi.ts";

const aggregator: Aggregator = Object.freeze({
  resize: interpolateChannels,
  matrix: interpolationMatrix,
});

/**
 * Plugin that provides an `Aggregator` by channel-wise interpolation.
 *
 * Source: TAS (NeurIPS 2019), section 3.1.
 */
export const cwi: PluginFactory<NoOptions> = definePlugin({
  name: "cwi",
  version: "1",
  provides: [AggregatorToken],
  options: noOptions,
  setup(context) {
    context.provide(AggregatorToken, () => aggregator);
  },
});
