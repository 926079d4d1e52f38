/**
 * Knowledge distillation: the student also learns the teacher's softened predictions.
 *
 * @module
 */
import { definePlugin, type PluginFactory, type Transfer, TransferToken } from "@espalier/core";
import { distillationLoss } from "./kd.ts";
import { type KdOptions, type KdOptionsInput, kdOptionsSchema } from "./options.ts";

export {
  distillationLoss,
  type Logits,
  softenedCrossEntropy,
  softenedDivergence,
  squaredDistance,
  type Task,
} from "./kd.ts";
export type { KdOptions, KdOptionsInput } from "./options.ts";

/** The transfer behind the plugin. */
function createDistillation(options: KdOptions): Transfer {
  return {
    name: "kd",
    taskWeight: 1 - options.weight,
    loss: ({ outputs }) =>
      outputs.map(({ labels, kind, weight, ...pair }) => {
        const own = { ...options, weight: weight * options.weight };
        return distillationLoss(pair, { ...own, kind, classes: labels.shape.at(-1)! });
      }).reduce((sum, term) => sum.add(term)),
  };
}

/**
 * Plugin that provides a `Transfer` by knowledge distillation.
 *
 * Source: TAS (NeurIPS 2019), eq. 9–10.
 */
export const kd: PluginFactory<KdOptionsInput> = definePlugin<KdOptions, KdOptionsInput>({
  name: "kd",
  version: "1",
  provides: [TransferToken],
  options: kdOptionsSchema,
  setup(context, options) {
    context.provide(TransferToken, () => createDistillation(options));
  },
});
