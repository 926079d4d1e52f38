import { type Aggregator, AggregatorToken, definePlugin, type PluginFactory } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import * as z from "zod";

/** Options of {@linkcode byPlace}. */
export interface ByPlaceOptions {
  /** Convolutions and stages where channels are repeated; everywhere else zeros are added. */
  readonly repeat?: readonly string[] | undefined;
}

const options = z.strictObject({
  repeat: z.array(z.string()).readonly().default([]).describe("Where channels are repeated"),
});

/** [from, to]: column j is the unit vector of the channel that it takes; zeros if there is none. */
function selection(from: number, to: number, repeated: boolean): tf.Tensor2D {
  const source = (j: number) => repeated ? Math.floor(j * from / to) : j;
  const rows = Array.from({ length: from }, (_, i) => i);
  return tf.tensor2d(rows.map((i) => Array.from({ length: to }, (_, j) => +(source(j) === i))));
}

/** Aligns widths in one way at some places, in another elsewhere. */
export const byPlace: PluginFactory<ByPlaceOptions> = definePlugin({
  name: "acme-by-place",
  version: "1",
  contracts: "^1",
  provides: [AggregatorToken],
  options,
  setup(context, { repeat }) {
    const aggregator: Aggregator = {
      resize(x, channels, place) {
        const from = x.shape.at(-1)!;
        const matrix = selection(from, channels, place !== undefined && repeat.includes(place));
        const rows = x.reshape([-1, from]) as tf.Tensor2D;
        return tf.matMul(rows, matrix).reshape([...x.shape.slice(0, -1), channels]);
      },
    };
    context.provide(AggregatorToken, () => aggregator);
  },
});
