import {
  type AnyPhase,
  type Blueprint,
  type Decision,
  EspalierError,
  pluginOf,
  type Resolver,
  TransferToken,
} from "@espalier/core";
import { nearest, tokensOf } from "@espalier/core/run";

/** Nodes that a decision about depth can cut, with their stage. */
function cuttable(network: Blueprint, decisions: readonly Decision[]): ReadonlyMap<string, string> {
  return new Map(decisions.flatMap(({ effect, candidates }) => {
    if (effect.kind !== "exit") return [];
    const { blocks } = network.stages.find(({ id }) => id === effect.stage)!;
    const cut = blocks.slice(candidates[0]).flatMap(({ nodes }) => nodes);
    return cut.map((node) => [node, effect.stage] as const);
  }));
}

/** Refuse taps of transfers that a derived network may lack; only if a phase resolves transfers. */
export function checkTaps(
  phases: readonly AnyPhase[],
  services: Resolver,
  { network, decisions }: {
    readonly network: Blueprint;
    readonly decisions: readonly Decision[];
  },
): void {
  const isUsed = phases.some((phase) =>
    tokensOf(phase).some(({ key }) => key === TransferToken.key)
  );
  if (!isUsed) return;
  const names = [...network.stages, ...network.nodes].map(({ id }) => id);
  const cut = cuttable(network, decisions);
  for (const transfer of services.getAll(TransferToken)) {
    for (const tap of transfer.taps?.(network) ?? []) {
      const stage = cut.get(tap);
      if (stage === undefined && names.includes(tap)) continue;
      const meant = nearest(tap, names);
      const fault = stage === undefined
        ? `network "${network.name}" has no such node or stage. ` +
          (meant === undefined ? "Tap one of its stages." : `Did you mean "${meant}"?`)
        : `a decision about the depth of "${stage}" can cut that node. Tap the stage "${stage}": ` +
          "its value is what leaves it, whatever its depth.";
      const plugin = pluginOf(transfer);
      throw new EspalierError(
        "ERR_CONFIG_INVALID",
        `Cannot tap "${tap}" for transfer "${transfer.name}" as ${fault}`,
        plugin === undefined ? {} : { plugin },
      );
    }
  }
}
