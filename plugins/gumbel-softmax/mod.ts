/**
 * Gumbel-softmax sampling of a subset of candidates.
 *
 * @module
 */
import { definePlugin, type PluginFactory, SamplerToken } from "@espalier/core";
import {
  type GumbelSoftmaxOptions,
  type GumbelSoftmaxOptionsInput,
  gumbelSoftmaxOptionsSchema,
} from "./options.ts";
import { createGumbelSoftmaxSampler } from "./sampler.ts";

export {
  drawWithoutReplacement,
  type GumbelNoise,
  mixingWeights,
  noisyLogits,
  softmaxOf,
} from "./gumbel_softmax.ts";
export type { GumbelSoftmaxOptions, GumbelSoftmaxOptionsInput } from "./options.ts";
export { tauAt, type TauSchedule } from "./tau.ts";

/**
 * Plugin that provides a `Sampler` by Gumbel-softmax.
 *
 * Source: TAS (NeurIPS 2019), eq. 2–4.
 */
export const gumbelSoftmax: PluginFactory<GumbelSoftmaxOptionsInput> = definePlugin<
  GumbelSoftmaxOptions,
  GumbelSoftmaxOptionsInput
>({
  name: "gumbel-softmax",
  version: "1",
  provides: [SamplerToken],
  options: gumbelSoftmaxOptionsSchema,
  setup(context, options) {
    context.provide(SamplerToken, () => createGumbelSoftmaxSampler(options));
  },
});
