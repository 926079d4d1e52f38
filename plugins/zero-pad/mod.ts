/**
 * Zero padding: aligns features of different widths by channels of zeros.
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
import { padChannels, paddingMatrix } from "./zero_pad.ts";

export { padChannels, paddingMatrix } from "./zero_pad.ts";

const aggregator: Aggregator = Object.freeze({ resize: padChannels, matrix: paddingMatrix });

/** Plugin that provides an `Aggregator` by zero padding. */
export const zeroPad: PluginFactory<NoOptions> = definePlugin({
  name: "zero-pad",
  version: "1",
  provides: [AggregatorToken],
  options: noOptions,
  setup(context) {
    context.provide(AggregatorToken, () => aggregator);
  },
});
