/**
 * Importances of channels: by their weights, by what they do to the loss, by what they give.
 *
 * @module
 */
import {
  definePlugin,
  type Importance,
  ImportanceToken,
  type NoOptions,
  noOptions,
  type PluginFactory,
} from "@espalier/core";
import { activationMeans } from "./activation_mean.ts";
import { medianDistances } from "./geometric_median.ts";
import { taylorScores } from "./taylor.ts";
import { l1Norms, l2Norms } from "./weight_norms.ts";

export { activationMeans } from "./activation_mean.ts";
export { medianDistances } from "./geometric_median.ts";
export { taylorScores } from "./taylor.ts";
export { l1Norms, l2Norms, type Rows } from "./weight_norms.ts";

const ALL_ROLES = ["filter", "scale", "reader"] as const;

/** A plugin of an importance without options. */
function importancePlugin(importance: Importance): PluginFactory<NoOptions> {
  return definePlugin({
    name: importance.name,
    version: "1",
    provides: [ImportanceToken],
    options: noOptions,
    setup: (context) => context.provide(ImportanceToken, () => Object.freeze(importance)),
  });
}

/** Plugin that provides an `Importance`: the L1 norm of a channel's weights. */
export const l1Norm: PluginFactory<NoOptions> = importancePlugin({
  name: "l1-norm",
  roles: ALL_ROLES,
  score: ({ weights }) => l1Norms(weights),
});

/** Plugin that provides an `Importance`: the L2 norm of a channel's weights. */
export const l2Norm: PluginFactory<NoOptions> = importancePlugin({
  name: "l2-norm",
  roles: ALL_ROLES,
  score: ({ weights }) => l2Norms(weights),
});

/**
 * Plugin that provides an `Importance`: |γ| of a channel's batch norm, best after a training with a
 * penalty on it.
 *
 * Source: Liu et al., "Network Slimming", ICCV 2017, section 3.
 */
export const normScale: PluginFactory<NoOptions> = importancePlugin({
  name: "norm-scale",
  roles: ["scale"],
  score: ({ weights }) => l1Norms(weights),
});

/** Plugin that provides an `Importance`: the distance from the geometric median of the filters (FPGM). */
export const geometricMedian: PluginFactory<NoOptions> = importancePlugin({
  name: "geometric-median",
  roles: ["filter"],
  score: ({ weights }) => medianDistances(weights),
});

/** Plugin that provides an `Importance`: the first-order Taylor expansion of the loss. */
export const taylor: PluginFactory<NoOptions> = importancePlugin({
  name: "taylor",
  roles: ALL_ROLES,
  needs: ["gradients"],
  score: ({ weights }, { gradients }) => taylorScores(weights, gradients!),
});

/** Plugin that provides an `Importance`: the mean activation of a channel. */
export const activationMean: PluginFactory<NoOptions> = importancePlugin({
  name: "activation-mean",
  roles: ["filter"],
  needs: ["activations"],
  score: (_, { activations }) => activationMeans(activations!),
});

/** Plugin that provides an `Importance` drawn by chance: what a criterion has to beat. */
export const randomImportance: PluginFactory<NoOptions> = importancePlugin({
  name: "random-importance",
  roles: ["filter"],
  score: ({ weights }, { random }) => weights.map(() => random.next()),
});
