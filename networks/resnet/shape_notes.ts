import type { Decision } from "@espalier/core";
import { resnet } from "./resnet.ts";
import { blueprintOfShape, type Entry, type ResnetShape, rowsOf, wholeLayer } from "./shape.ts";

/** What {@linkcode shapeNotes} takes. */
export interface ShapeNotesOptions {
  /** What the search has to decide. */
  readonly decisions: readonly Decision[];
}

function valueNote(place: string, entry: Entry, { value, decision }: {
  readonly value: number;
  readonly decision: Decision | undefined;
}): string[] {
  const { candidates } = decision ?? { candidates: [entry.unpruned] };
  if (candidates.includes(value)) return [];
  const wider = value > entry.unpruned ? `, wider than the unpruned ${entry.unpruned}` : "";
  return [`${place} (${entry.name}) is ${value}${wider}: no candidate of ${candidates.join(", ")}`];
}

/**
 * Why a search could not have found a shape: widths and depths that are none of its candidates, and
 * widths that it decides as one but that differ. The shape describes a network all the same. Widths of
 * removed blocks do not count.
 *
 * @example A released shape that is off the grid of the paper's ratios
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { releasedShape, resnet, shapeNotes } from "@espalier/networks";
 * import { depthDecisions } from "@espalier/plugin-depth-search";
 *
 * const shape = releasedShape("ImageNet-ResNet50V1");
 * const decisions = depthDecisions(resnet(shape.network), { rule: "proportional" });
 * const notes = shapeNotes(shape, { decisions }).filter((note) => note.startsWith("depths"));
 * assertEquals(notes, ["depths[2] (stage2) is 5: no candidate of 2, 4, 6"]);
 * ```
 *
 * @param shape Widths and depths.
 * @param options The decisions of a search about the unpruned network; others keep what they have.
 * @returns A line each; none for a shape that the search could have found.
 * @throws {EspalierError} ERR_SHAPE_INVALID, which says which entry does not fit.
 */
export function shapeNotes(
  shape: ResnetShape,
  { decisions }: ShapeNotesOptions,
): readonly string[] {
  const left = new Set(blueprintOfShape(shape).nodes.map(({ id }) => id));
  const { widths, depths } = rowsOf(resnet(shape.network));
  const owners = new Map(decisions.flatMap((decision) => {
    const { effect } = decision;
    const targets = effect.kind === "channels" ? effect.nodes.map(wholeLayer) : [effect.stage];
    return targets.map((target) => [target, decision] as const);
  }));
  const rows = widths.map((entry, i) => ({
    ...{ entry, value: shape.widths[i]!, decision: owners.get(entry.name) },
    place: `widths[${i}]`,
  })).filter(({ entry }) => left.has(entry.name));
  const stages = depths.map((entry, i) => ({
    ...{ entry, value: shape.depths[i]!, decision: owners.get(entry.name) },
    place: `depths[${i}]`,
  }));
  const tied = [...Map.groupBy(rows, ({ decision }) => decision)].flatMap(([decision, members]) => {
    const values = new Set(members.map(({ value }) => value));
    if (decision === undefined || values.size < 2) return [];
    return [`"${decision.id}" has ${[...values].join(" and ")} channels: they are decided as one`];
  });
  return [
    ...[...rows, ...stages].flatMap(({ place, entry, ...rest }) => valueNote(place, entry, rest)),
    ...tied,
  ];
}
