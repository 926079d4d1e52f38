/**
 * Knowledge distillation: the student also learns the teacher's softened predictions.
 *
 * @module
 */
import {
  definePlugin,
  type PluginFactory,
  type Transfer,
  TransferToken,
  valueAt,
} from "@espalier/core";
import { distillationLoss } from "./kd.ts";
import { linearSchedule } from "./linear_schedule.ts";
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
  const { form, finalWeight = options.weight, finalTemperature } = options;
  const weight = linearSchedule(options.weight, finalWeight);
  const temperature = linearSchedule(options.temperature, finalTemperature);
  return {
    name: "kd",
    taskWeight: linearSchedule(1 - options.weight, 1 - finalWeight),
    loss: ({ outputs, phase, epoch, epochs }) => {
      const at = { phase, epoch, epochs };
      const now = { form, temperature: valueAt(temperature, at) };
      const own = valueAt(weight, at);
      return outputs.map(({ labels, kind, weight, ...pair }) => {
        const task = { kind, classes: labels.shape.at(-1)! };
        return distillationLoss(pair, { ...now, ...task, weight: weight * own });
      }).reduce((sum, term) => sum.add(term));
    },
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
