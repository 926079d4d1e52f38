/**
 * Zero padding: aligns features of unlike width by channels of zeros.
 *
 * @module
 */
import { type Aggregator, AggregatorToken, definePlugin, type PluginFactory } from "@espalier/core";
import { type ZeroPadOptions, zeroPadOptionsSchema } from "./options.ts";
import { padChannels, paddingMatrix } from "./zero_pad.ts";

export { padChannels, paddingMatrix } from "./zero_pad.ts";
export type { ZeroPadOptions } from "./options.ts";

const aggregator: Aggregator = Object.freeze({ resize: padChannels, matrix: paddingMatrix });

/** Plugin that provides an `Aggregator` by zero padding. */
export const zeroPad: PluginFactory<ZeroPadOptions> = definePlugin<ZeroPadOptions, ZeroPadOptions>({
  name: "zero-pad",
  version: "1",
  provides: [AggregatorToken],
  options: zeroPadOptionsSchema,
  setup(context) {
    context.provide(AggregatorToken, () => aggregator);
  },
});
