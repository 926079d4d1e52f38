/**
 * Transfers of features: where the unpruned network looks, and what it sees.
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
  type TransferPair,
  TransferToken,
  type Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { attentionDistance } from "./attention.ts";
import {
  type FeatureTransferOptions,
  type FeatureTransferOptionsInput,
  featureTransferOptionsSchema,
} from "./options.ts";
import { firstRegressor, regressionDistance } from "./regression.ts";

export { attentionDistance } from "./attention.ts";
export type { FeatureTransferOptions, FeatureTransferOptionsInput } from "./options.ts";
export { firstRegressor, regressionDistance } from "./regression.ts";

/** All stages, by default. */
function stagesOf({ name: network, stages }: Blueprint, plugin: string): readonly string[] {
  if (stages.length > 0) return stages.map(({ id }) => id);
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot compare features of "${network}" as it has no stages. Name some of its nodes: give ` +
      `"${plugin}" the option taps.`,
    { plugin },
  );
}

/** What two transfers of features differ in. */
interface Comparison {
  /** How far features of one tap are apart. */
  distance(student: Tensor, teacher: Tensor, parameter: Tensor | undefined): Scalar;
  /** First values of parameters, by tap. */
  parameters?(taps: readonly string[], networks: TransferPair): Weights;
}

/** A plugin of one transfer, with the default of its weight. */
function transferPlugin(
  { name, weight }: { readonly name: string; readonly weight: number },
  { distance, parameters }: Comparison,
): PluginFactory<FeatureTransferOptionsInput> {
  const create = ({ weight, taps }: FeatureTransferOptions): Transfer => {
    const tapsOf = (unpruned: Blueprint) => taps ?? stagesOf(unpruned, name);
    return {
      name,
      taps: tapsOf,
      ...parameters && {
        parameters: (networks) => parameters(tapsOf(networks.teacher), networks),
      },
      loss: ({ student, teacher, parameters }) =>
        tf.tidy(() =>
          [...student.features].reduce<Scalar>(
            (sum, [tap, x]) =>
              sum.add(distance(x, teacher.features.get(tap)!, parameters[tap]).mul(weight)),
            tf.scalar(0),
          )
        ),
    };
  };
  return definePlugin<FeatureTransferOptions, FeatureTransferOptionsInput>({
    name,
    version: "1",
    provides: [TransferToken],
    options: featureTransferOptionsSchema(weight),
    setup: (context, options) => context.provide(TransferToken, () => create(options)),
  });
}

/**
 * Plugin that provides a `Transfer` by attention: both networks look at the same places.
 *
 * Source: Zagoruyko and Komodakis, ICLR 2017.
 */
export const attentionTransfer: PluginFactory<FeatureTransferOptionsInput> = transferPlugin(
  { name: "attention-transfer", weight: 1000 },
  { distance: attentionDistance },
);

/** A regressor a tap. */
function regressors(taps: readonly string[], { teacher, kept }: TransferPair): Weights {
  const shapes = inferShapes(teacher);
  const ends = new Map(teacher.stages.map(({ id, blocks }) => [id, blocks.at(-1)!.output]));
  return Object.fromEntries(
    taps.map((tap) => {
      const { channels } = shapes.get(ends.get(tap) ?? tap)!;
      return [tap, firstRegressor(kept.get(tap)!, channels)] as const;
    }),
  );
}

/**
 * Plugin that provides a `Transfer` by features: learned regressors tell the teacher's features by the
 * student's. They are dropped after the training.
 *
 * Source: FitNets (Romero et al., ICLR 2015).
 */
export const featureDistillation: PluginFactory<FeatureTransferOptionsInput> = transferPlugin(
  { name: "feature-distillation", weight: 1 },
  {
    distance: (student, teacher, regressor) =>
      regressionDistance(student, { teacher, regressor: regressor! }),
    parameters: regressors,
  },
);
