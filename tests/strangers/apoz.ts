import {
  definePlugin,
  type Importance,
  ImportanceToken,
  type NoOptions,
  noOptions,
  type PluginFactory,
} from "@espalier/core";

const importance: Importance = {
  name: "apoz",
  roles: ["filter"],
  needs: ["activations"],
  score: (_, { activations }) =>
    activations!.map((values) => values.filter((value) => value > 0).length / values.length),
};

/**
 * A channel matters by how often it is not zero.
 *
 * Source: Hu, Peng, Tai, Tang, "Network Trimming" (2016), section 3.1: average percentage of zeros.
 */
export const apoz: PluginFactory<NoOptions> = definePlugin({
  name: "acme-apoz",
  version: "1",
  contracts: "^1",
  provides: [ImportanceToken],
  options: noOptions,
  setup: (context) => context.provide(ImportanceToken, () => ({ ...importance })),
});
