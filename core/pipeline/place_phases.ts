import { EspalierError } from "../errors.ts";
import { nearest } from "../plugin/nearest.ts";
import type { AnyPlugin } from "../plugin/plugins.ts";
import type { AnyPhase } from "./phase.ts";
import { pipeline } from "./pipeline.ts";

function anchorOf(placed: readonly AnyPhase[], { plugin, anchor }: {
  readonly plugin: AnyPlugin;
  readonly anchor: string;
}): number {
  const names = placed.map(({ name }) => name);
  const at = names.indexOf(anchor);
  if (at >= 0) return at;
  const meant = nearest(anchor, names);
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot place a phase of plugin "${plugin.name}" as the pipeline has no "${anchor}": its ` +
      `phases are ${names.join(", ") || "none"}. ` +
      (meant === undefined ? "Add that phase, or remove the plugin." : `Did it mean "${meant}"?`),
    { plugin: plugin.name },
  );
}

/**
 * Put the phases that plugins bring into a pipeline, in the order of the plugins.
 *
 * @param phases The pipeline's own phases.
 * @param plugins The plugins.
 * @returns All phases, in order.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the phase beside which one is to stand is missing, or
 * if two have one name.
 */
export function placePhases(
  phases: readonly AnyPhase[],
  plugins: readonly AnyPlugin[],
): readonly AnyPhase[] {
  const placed = [...phases];
  for (const plugin of plugins) {
    for (const { phase, after, before } of plugin.phases) {
      const at = anchorOf(placed, { plugin, anchor: (after ?? before)! });
      placed.splice(after === undefined ? at : at + 1, 0, phase);
    }
  }
  return placed.reduce((all, phase) => all.phase(phase), pipeline()).phases;
}
