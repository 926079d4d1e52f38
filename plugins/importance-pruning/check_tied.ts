import { channelsName, widthGroups } from "@espalier/blueprint";
import { type Blueprint, type Decision, EspalierError } from "@espalier/core";

function refuse(blueprint: Blueprint, state: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot prune "${blueprint.name}" by importance as both sides of a residual sum must keep the ` +
      `same channels: ${state}. Tie them: give width-search the option residual: "tie".`,
  );
}

/**
 * Check that convolutions which meet in a residual sum are decided as one. Otherwise each would
 * keep other channels, and the pruned sum would add channels that do not belong together.
 *
 * @param blueprint The unpruned network.
 * @param decisions What there is to decide.
 * @throws {EspalierError} ERR_CONFIG_INVALID if some are decided apart.
 */
export function checkTied(blueprint: Blueprint, decisions: readonly Decision[]): void {
  const owners = new Map(
    decisions.flatMap(({ id, effect }) =>
      effect.kind === "channels"
        ? effect.nodes.map((some) => [channelsName(some), id] as const)
        : []
    ),
  );
  const groups = widthGroups(blueprint, { residual: "tie" })
    .map((group) => group.map(channelsName));
  for (const group of groups) {
    const other = group.find((node) => owners.get(node) !== owners.get(group[0]!));
    if (other !== undefined) refuse(blueprint, `"${group[0]}" and "${other}" are decided apart`);
  }
  const tied = new Set(groups.flat());
  const loose = [...owners.keys()].find((node) => !tied.has(node));
  if (loose !== undefined) {
    refuse(blueprint, `"${loose}" is added to channels about which nothing is decided`);
  }
}
