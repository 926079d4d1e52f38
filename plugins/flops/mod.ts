/**
 * Two plugins: {@linkcode flops} brings the costs `macs`, `params` and `peakMemory`, {@linkcode budgetLoss} the
 * loss that pulls a search into the zone of its budget, whatever the cost.
 *
 * @module
 */
import {
  CostModelToken,
  definePlugin,
  NetworkCostModelToken,
  type NoOptions,
  noOptions,
  type PluginFactory,
  RegularizerToken,
} from "@espalier/core";
import { macs, params, peakMemory } from "@espalier/blueprint";
import { budgetLimitsLoss, threeZoneLoss } from "./budget_loss.ts";
import {
  type BudgetLossOptions,
  type BudgetLossOptionsInput,
  budgetLossOptionsSchema,
} from "./options.ts";

export { budgetLimitsLoss, macs, params, peakMemory, threeZoneLoss };
export type { BudgetLossOptions, BudgetLossOptionsInput } from "./options.ts";

/**
 * Plugin that provides two cost models: `macs`, the multiply-adds of convolutions and dense layers
 * for one image (one multiply-add counts once, biases do not), and `params`, the trainable
 * parameters; and one of whole networks, for limits: `peakMemory`, the bytes of values that are needed at
 * once for one image.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { flops } from "@espalier/plugin-flops";
 *
 * assertEquals(flops().name, "flops");
 * ```
 */
export const flops: PluginFactory<NoOptions> = definePlugin({
  name: "flops",
  version: "1",
  provides: [CostModelToken, NetworkCostModelToken],
  options: noOptions,
  setup(context) {
    context.provide(CostModelToken, () => ({ name: "macs", unit: "multiply-adds", cost: macs }));
    context.provide(CostModelToken, () => ({ name: "params", unit: "parameters", cost: params }));
    context.provide(
      NetworkCostModelToken,
      () => ({ name: "peakMemory", unit: "bytes", networkCost: peakMemory }),
    );
  },
});

/**
 * Plugin that provides the cost loss of TAS with its three zones, as a regularizer. Limits of the budget
 * that are exceeded are pulled down in the same way.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { budgetLoss } from "@espalier/plugin-flops";
 *
 * assertEquals(budgetLoss().options, { weight: 2 });
 * ```
 */
export const budgetLoss: PluginFactory<BudgetLossOptionsInput> = definePlugin<
  BudgetLossOptions,
  BudgetLossOptionsInput
>({
  name: "budget-loss",
  version: "2",
  provides: [RegularizerToken],
  options: budgetLossOptionsSchema,
  setup(context, { weight }) {
    context.provide(RegularizerToken, () => ({ name: "budget", weight, loss: budgetLimitsLoss }));
  },
});
