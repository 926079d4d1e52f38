import {
  definePlugin,
  type PluginFactory,
  type Regularizer,
  RegularizerToken,
} from "@espalier/core";
import * as z from "zod";

/** Options of {@linkcode hinge}. */
export interface HingeOptions {
  /** Factor in the last epoch; it grows by the same amount every epoch. */
  readonly weight?: number | undefined;
}

const options = z.strictObject({
  weight: z.number().min(0).default(2).describe("Factor in the last epoch"),
});

/** Expected cost above the target, relative to it: nothing pushes below the budget. */
export const hinge: PluginFactory<HingeOptions> = definePlugin({
  name: "acme-hinge",
  version: "1",
  contracts: "^1",
  provides: [RegularizerToken],
  options,
  setup(context, { weight }) {
    const regularizer: Regularizer = {
      name: "hinge",
      weight: ({ epoch, epochs }) => weight * (epoch + 1) / epochs,
      loss: ({ expected, budget }) => expected.div(budget.target).sub(1).relu(),
    };
    context.provide(RegularizerToken, () => regularizer);
  },
});
