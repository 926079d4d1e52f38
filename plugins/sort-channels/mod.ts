/**
 * The channels of the trained network in the order of their importance.
 *
 * @module
 */
import { channelOrders, reorderChannels } from "@espalier/blueprint";
import {
  definePlugin,
  type NoOptions,
  noOptions,
  type Phase,
  type PluginFactory,
  type TrainedNetwork,
} from "@espalier/core";
import { inheritedWeights } from "@espalier/supernet";

/** What the phase takes, and makes in its place. */
export interface HasTeacher {
  /** The trained unpruned network. */
  readonly teacher: TrainedNetwork;
}

// Typed as making nothing new, so that the plugin fits into any list.
const phase: Phase<HasTeacher, object> = {
  name: "sort-channels",
  version: "1",
  uses: [],
  makes: ["teacher"],
  run: ({ blueprint }, { teacher }) => {
    const sorted = reorderChannels(blueprint, channelOrders(teacher));
    const weights = inheritedWeights(sorted, teacher);
    return Promise.resolve<HasTeacher>({ teacher: { blueprint, weights } });
  },
};

/**
 * Plugin that brings a phase before the search, which sorts the channels of the trained network by
 * decreasing importance. The network computes what it did, and the first channels of every layer are
 * its best: those that candidates of a search share, and that a choice without a ranking keeps.
 */
export const sortChannels: PluginFactory<NoOptions> = definePlugin({
  name: "sort-channels",
  version: "1",
  provides: [],
  options: noOptions,
  phases: () => [{ phase, before: "search" }],
  setup() {},
});
