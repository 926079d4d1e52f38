/**
 * Training towards sparsity: terms that let whole channels fade, for any training phase.
 *
 * @module
 */
import {
  definePlugin,
  type Penalty,
  type PenaltyInput,
  PenaltyToken,
  type PluginFactory,
} from "@espalier/core";
import type { Scalar } from "@tensorflow/tfjs";
import { filterLasso } from "./group_lasso.ts";
import { type PenaltyOptions, type PenaltyOptionsInput, penaltyOptionsSchema } from "./options.ts";
import { scaleNorm } from "./scale_norm.ts";

export { filterLasso } from "./group_lasso.ts";
export type { PenaltyOptions, PenaltyOptionsInput } from "./options.ts";
export { scaleNorm } from "./scale_norm.ts";

/** A plugin of one penalty, with the default of its weight. */
function penaltyPlugin(
  { name, weight }: { readonly name: string; readonly weight: number },
  loss: (input: PenaltyInput) => Scalar,
): PluginFactory<PenaltyOptionsInput> {
  return definePlugin<PenaltyOptions, PenaltyOptionsInput>({
    name,
    version: "1",
    provides: [PenaltyToken],
    options: penaltyOptionsSchema(weight),
    setup: (context, { weight, phases }) =>
      context.provide(PenaltyToken, (): Penalty => ({
        name,
        weight: ({ phase }) => phases.includes(phase) ? weight : 0,
        loss,
      })),
  });
}

/**
 * Plugin that provides a `Penalty`: the L1 norm of all scales of batch norms.
 *
 * Source: Liu et al., "Network Slimming", ICCV 2017.
 */
export const sparseScales: PluginFactory<PenaltyOptionsInput> = penaltyPlugin(
  { name: "sparse-scales", weight: 1e-4 },
  ({ parameters }) => scaleNorm(parameters),
);

/**
 * Plugin that provides a `Penalty`: the group lasso of the filters that make a channel.
 *
 * Source: Wen et al., "Learning Structured Sparsity in Deep Neural Networks", NIPS 2016.
 */
export const groupLasso: PluginFactory<PenaltyOptionsInput> = penaltyPlugin(
  { name: "group-lasso", weight: 1e-5 },
  ({ parameters, blueprint }) => filterLasso(parameters, blueprint),
);
