import type { AnyPlugin } from "@espalier/core";
import { changePlugins, claimOf, partOf } from "./change_plugins.ts";
import type { Axes, Cell, Part, Variant } from "./contract.ts";

/** Every choice of a value of each axis, the last axis changing fastest. */
export function cellsOf(axes: Axes): readonly Cell[] {
  return Object.entries(axes).reduce<readonly Cell[]>(
    (cells, [axis, values]) =>
      cells.flatMap((cell) => Object.keys(values).map((value) => ({ ...cell, [axis]: value }))),
    [{}],
  );
}

/** What is common to all cells, before the axes. */
export type Common = Omit<Part, "plugins"> & { readonly base: readonly AnyPlugin[] };

/** Parts of a cell; what no axis and nothing common says is undefined. */
export type PartialVariant = { readonly [K in keyof Variant]?: Variant[K] | undefined };

/** All parts of a cell. */
export function variantOf(cell: Cell, axes: Axes, common: Common): PartialVariant {
  const parts = Object.entries(cell).map(([axis, value]) => ({
    values: Object.values(axes[axis]!),
    part: partOf(axes[axis]![value]!),
  }));
  const defined = (part: Part) =>
    Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
  const { base, plugins: _, ...rest } = Object.assign(
    {},
    common,
    ...parts.map(({ part }) => defined(part)),
  ) as Common & Part;
  const plugins = parts.reduce<readonly AnyPlugin[]>(
    (plugins, { part, values }) =>
      part.plugins === undefined
        ? plugins
        : changePlugins(plugins, part.plugins, claimOf(values, base)),
    base,
  );
  return { cell, ...rest, plugins };
}
