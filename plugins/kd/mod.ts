/**
 * Knowledge distillation: the student also learns the teacher's softened predictions.
 *
 * @module
 */
import { definePlugin, type PluginFactory, type Transfer, TransferToken } from "@espalier/core";
import { distillationLoss } from "./kd.ts";
import { type KdOptions, type KdOptionsInput, kdOptionsSchema } from "./options.ts";

export { distillationLoss, type Logits, softenedCrossEntropy, softenedDivergence } from "./kd.ts";
export type { KdOptions, KdOptionsInput } from "./options.ts";

/** The transfer behind the plugin. */
function createDistillation(options: KdOptions): Transfer {
  return {
    name: "kd",
    taskWeight: 1 - options.weight,
    loss: ({ student, teacher }) =>
      distillationLoss({ student: student.logits, teacher: teacher.logits }, options),
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
