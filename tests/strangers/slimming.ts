import { definePlugin, type Penalty, PenaltyToken, type PluginFactory } from "@espalier/core";
import type { Scalar } from "@tensorflow/tfjs";
import * as z from "zod";

/** Options of {@linkcode slimming}. */
export interface SlimmingOptions {
  /** Factor of the sum. */
  readonly lambda?: number | undefined;
}

const options = z.strictObject({
  lambda: z.number().min(0).default(1e-4).describe("Factor of the sum"),
});

/**
 * Sparse scales: the sum of |γ| over all batch norms, while the unpruned network trains.
 *
 * Source: Liu et al., "Network Slimming", ICCV 2017, eq. 1.
 */
export const slimming: PluginFactory<SlimmingOptions> = definePlugin({
  name: "acme-slimming",
  version: "1",
  contracts: "^1",
  provides: [PenaltyToken],
  options,
  setup(context, { lambda }) {
    const penalty: Penalty = {
      name: "slimming",
      weight: ({ phase }) => phase === "pretrain" ? lambda : 0,
      loss: ({ parameters }) =>
        [...parameters]
          .filter(([name]) => name.endsWith("/gamma"))
          .map(([, gamma]) => gamma.abs().sum<Scalar>())
          .reduce((sum, one) => sum.add(one)),
    };
    context.provide(PenaltyToken, () => penalty);
  },
});
