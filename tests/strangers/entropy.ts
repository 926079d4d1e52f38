import {
  definePlugin,
  type PluginFactory,
  type Regularizer,
  RegularizerToken,
} from "@espalier/core";
import type { Scalar } from "@tensorflow/tfjs";
import * as z from "zod";

/** Options of {@linkcode entropy}. */
export interface EntropyOptions {
  /** Factor of the mean entropy. */
  readonly weight?: number | undefined;
}

const options = z.strictObject({
  weight: z.number().default(0.1).describe("Factor of the mean entropy; below 0 it explores"),
});

/** Mean entropy of the decisions, in nats: a search that makes up its mind. */
export const entropy: PluginFactory<EntropyOptions> = definePlugin({
  name: "acme-entropy",
  version: "1",
  contracts: "^1",
  provides: [RegularizerToken],
  options,
  setup(context, { weight }) {
    const regularizer: Regularizer = {
      name: "entropy",
      weight,
      loss: ({ probabilities }) =>
        [...probabilities.values()]
          .map((p) => p.mul(p.add(1e-9).log()).sum<Scalar>().mul<Scalar>(-1 / probabilities.size))
          .reduce((sum, one) => sum.add(one)),
    };
    context.provide(RegularizerToken, () => regularizer);
  },
});
