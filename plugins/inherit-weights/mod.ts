/**
 * The derived network starts from the unpruned one's weights instead of newly drawn ones.
 *
 * @module
 */
import {
  definePlugin,
  type NoOptions,
  noOptions,
  type PluginFactory,
  type TrainedNetwork,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import { inheritedWeights } from "@espalier/supernet";

const transfer: Transfer = Object.freeze({
  name: "inherit-weights",
  initialize: (student: TrainedNetwork, teacher: TrainedNetwork) =>
    inheritedWeights(student.blueprint, teacher, { fresh: student.weights }),
});

/**
 * Plugin that provides a `Transfer` which copies the weights of the channels that were kept.
 *
 * Source: TAS (NeurIPS 2019), table 1, "init from pre-trained model".
 */
export const inheritWeights: PluginFactory<NoOptions> = definePlugin({
  name: "inherit-weights",
  version: "1",
  provides: [TransferToken],
  options: noOptions,
  setup(context) {
    context.provide(TransferToken, () => transfer);
  },
});
