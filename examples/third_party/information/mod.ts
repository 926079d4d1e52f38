/**
 * Variational information distillation: the student's features tell the teacher's, by a regressor and
 * a variance for each channel, both learned and dropped at the end.
 *
 * @module
 */
import { inferShapes } from "@espalier/blueprint";
import {
  type Blueprint,
  definePlugin,
  EspalierError,
  type PluginFactory,
  type Transfer,
  type TransferInput,
  type TransferPair,
  TransferToken,
  type Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import {
  type InformationOptions,
  type InformationOptionsInput,
  informationOptionsSchema,
} from "./options.ts";
import { alphaOf, informationLoss } from "./variational.ts";

export type { InformationOptions, InformationOptionsInput } from "./options.ts";
export { alphaOf, informationLoss, type Regression, variances } from "./variational.ts";

const NAME = "acme-information";

/** Features of every stage are told. */
function tapsOf({ name, stages }: Blueprint): string[] {
  if (stages.length > 0) return stages.map(({ id }) => id);
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot compare features of "${name}" as ${NAME} goes by stages: it has none. Choose another transfer.`,
    { plugin: NAME },
  );
}

/** A regressor that sends each channel to where it was, and equal variances. */
function firstValues({ teacher, kept }: TransferPair, variance: number): Weights {
  const shapes = inferShapes(teacher);
  const ends = new Map(teacher.stages.map(({ id, blocks }) => [id, blocks.at(-1)!.output]));
  return Object.fromEntries(
    tapsOf(teacher).flatMap((tap) => {
      const { channels } = shapes.get(ends.get(tap)!)!;
      const rows = kept.get(tap)!;
      const values = new Float32Array(rows.length * channels);
      rows.forEach((channel, row) => {
        if (channel < channels) values[row * channels + channel] = 1;
      });
      const alpha = new Float32Array(channels).fill(alphaOf(variance));
      return [
        [`${tap}/regressor`, { shape: [rows.length, channels], values }],
        [`${tap}/alpha`, { shape: [channels], values: alpha }],
      ];
    }),
  );
}

function loss({ student, teacher, parameters }: TransferInput, weight: number): Scalar {
  return tf.tidy(() =>
    [...student.features].map(([tap, x]) =>
      informationLoss(x, teacher.features.get(tap)!, {
        regressor: parameters[`${tap}/regressor`] as unknown as Tensor2D,
        alpha: parameters[`${tap}/alpha`] as unknown as Tensor1D,
      }).mul<Scalar>(weight)
    ).reduce((sum, term) => sum.add(term))
  );
}

/**
 * Plugin that provides a `Transfer` by variational information distillation, stage by stage.
 *
 * Source: Ahn et al., CVPR 2019.
 */
export const information: PluginFactory<InformationOptionsInput> = definePlugin<
  InformationOptions,
  InformationOptionsInput
>({
  name: NAME,
  version: "1",
  contracts: "^1",
  provides: [TransferToken],
  options: informationOptionsSchema,
  setup(context, { weight, variance }) {
    context.provide(TransferToken, (): Transfer => ({
      name: NAME,
      taps: tapsOf,
      parameters: (networks) => firstValues(networks, variance),
      loss: (input) => loss(input, weight),
    }));
  },
});
