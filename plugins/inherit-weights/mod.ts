/**
 * The derived network starts from the unpruned one's weights instead of fresh ones.
 *
 * @module
 */
import {
  definePlugin,
  type PluginFactory,
  type TrainedNetwork,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import { inheritWeights as weightsOf } from "@espalier/supernet";
import { type InheritWeightsOptions, inheritWeightsOptionsSchema } from "./options.ts";

export type { InheritWeightsOptions } from "./options.ts";

const transfer: Transfer = Object.freeze({
  name: "inherit-weights",
  initialize: (student: TrainedNetwork, teacher: TrainedNetwork) =>
    weightsOf(student.blueprint, teacher),
});

/**
 * Plugin that provides a `Transfer` which copies the channels that were kept.
 *
 * Source: TAS (NeurIPS 2019), table 1, "init from pre-trained model".
 */
export const inheritWeights: PluginFactory<InheritWeightsOptions> = definePlugin<
  InheritWeightsOptions,
  InheritWeightsOptions
>({
  name: "inherit-weights",
  version: "1",
  provides: [TransferToken],
  options: inheritWeightsOptionsSchema,
  setup(context) {
    context.provide(TransferToken, () => transfer);
  },
});
