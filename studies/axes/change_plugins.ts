/**
 * What an axis does to a list of plugins.
 *
 * @module
 */
import { type AnyPlugin, EspalierError, type Token } from "@espalier/core";
import type { AxisValue, Part, PluginChange } from "./contract.ts";

/** Whether a value is a change of the plugins, in place of parts. */
const isChange = (value: AxisValue): value is PluginChange =>
  typeof value === "function" || Array.isArray(value) || "setup" in value;

/** The parts that a value stands for. */
export const partOf = (value: AxisValue): Part => isChange(value) ? { plugins: value } : value;

/** What the plugins of an axis take the place of. */
export interface Claim {
  /** Providers of these services. */
  readonly tokens: readonly Token<unknown>[];
  /** In place of that: the plugin of this name, where all values are that plugin with other options. */
  readonly name?: string | undefined;
}

const listed = (change: PluginChange | undefined): readonly AnyPlugin[] => {
  if (change === undefined || typeof change === "function") return [];
  return Array.isArray(change) ? change : [change as AnyPlugin];
};

const gives = (
  { provides }: Pick<AnyPlugin, "provides">,
  tokens: readonly Token<unknown>[],
): boolean => provides.some(({ key }) => tokens.some((token) => token.key === key));

const unique = (tokens: readonly Token<unknown>[]): readonly Token<unknown>[] => [
  ...new Map(tokens.map((token) => [token.key, token])).values(),
];

/**
 * What the values of an axis take the place of: the plugin that all of them are, if `base` has it; else
 * every provider of what one of them provides.
 */
export function claimOf(values: readonly AxisValue[], base: readonly AnyPlugin[]): Claim {
  const lists = values.map((value) => listed(partOf(value).plugins));
  const plugins = lists.flat();
  const [first] = plugins;
  const isOne = first !== undefined && lists.every(({ length }) => length === 1) &&
    plugins.every(({ name }) => name === first.name) &&
    base.some(({ name }) => name === first.name);
  return isOne
    ? { tokens: [], name: first.name }
    : { tokens: unique(plugins.flatMap(({ provides }) => provides)) };
}

function droppedService(plugin: AnyPlugin, token: Token<unknown>): EspalierError {
  return new EspalierError(
    "ERR_PLUGIN_SWAP",
    `Cannot swap plugins as plugin "${plugin.name}" would be removed, the only provider of ` +
      `"${token.name}". Give the axis a function from the list of plugins to the new list.`,
    { plugin: plugin.name },
  );
}

/**
 * Change a list of plugins.
 *
 * @param plugins The list.
 * @param change What takes the place of something in it, or a function.
 * @param claim What it takes the place of.
 * @returns The new list; what is new stands where the first stood that it replaces.
 * @throws {EspalierError} ERR_PLUGIN_SWAP if a service would be dropped silently.
 */
export function changePlugins(
  plugins: readonly AnyPlugin[],
  change: PluginChange,
  { tokens, name }: Claim,
): readonly AnyPlugin[] {
  if (typeof change === "function") return change(plugins);
  const isReplaced = (plugin: AnyPlugin) => plugin.name === name || gives(plugin, tokens);
  const removed = plugins.filter(isReplaced);
  const at = removed.length === 0 ? plugins.length : plugins.indexOf(removed[0]!);
  const kept = (plugin: AnyPlugin) => !isReplaced(plugin);
  const after = [
    ...plugins.slice(0, at).filter(kept),
    ...listed(change),
    ...plugins.slice(at).filter(kept),
  ];
  for (const plugin of removed) {
    const lost = plugin.provides.find((token) =>
      ![{ provides: tokens }, ...after].some((other) => gives(other, [token]))
    );
    if (lost !== undefined) throw droppedService(plugin, lost);
  }
  return after;
}
