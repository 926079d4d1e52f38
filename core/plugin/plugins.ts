import * as z from "zod";
import { EspalierError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import { nearest } from "./nearest.ts";
import { checkOptions, instance } from "./options.ts";
import type { Plugin } from "./plugin.ts";
import { type ManyToken, type Token, tokenSchema } from "./token.ts";

/** Any plugin, whatever it emits and its phases make. */
// deno-lint-ignore no-explicit-any -- plugins of different types in one list
export type AnyPlugin = Plugin<any, any>;

/**
 * What the phases of a list of plugins make.
 *
 * @typeParam P The type of the list.
 */
export type MakesOf<P extends readonly AnyPlugin[]> = (P[number] extends infer One
  // deno-lint-ignore no-explicit-any -- whatever it emits
  ? One extends Plugin<any, infer Makes> ? (makes: unknown extends Makes ? object : Makes) => void
  : never
  : never) extends (makes: infer All) => void ? All extends object ? All : object : object;

/**
 * Events that a list of plugins can emit.
 *
 * @typeParam P The type of the list.
 */
export type EventsOf<P extends readonly AnyPlugin[]> = P[number] extends infer One
  // deno-lint-ignore no-explicit-any -- whatever its phases make
  ? One extends Plugin<infer E, any> ? Extract<E, PluginEvent> : never
  : never;

function isPlugin(value: unknown): boolean {
  const { name, version, provides, requires, uses, setup } = Object(value);
  return typeof value === "object" && typeof setup === "function" &&
    [name, version].every((text) => typeof text === "string" && text !== "") &&
    [provides, requires, uses].every(Array.isArray);
}

const plugin: z.ZodType<AnyPlugin> = instance("plugin", isPlugin, (value) => {
  if (typeof value !== "function") return "expected what a plugin's factory returns";
  const { pluginName = "the factory" } = value as { readonly pluginName?: string };
  return `call ${pluginName}: a list holds what a factory returns`;
});

/** Schema of a list of plugins. */
export const pluginsSchema: z.ZodType<readonly AnyPlugin[]> = z.array(plugin);

const swapSchema = z.strictObject({ plugins: pluginsSchema, plugin });
const replaceSchema = z.strictObject({
  plugins: pluginsSchema,
  token: tokenSchema,
  replacements: pluginsSchema,
});
const withoutSchema = z.strictObject({ plugins: pluginsSchema, name: z.string() });

const gives = (plugin: AnyPlugin, token: Token<unknown>): boolean =>
  plugin.provides.some(({ key }) => key === token.key);

const quote = (names: readonly { readonly name: string }[]): string =>
  names.map(({ name }) => `"${name}"`).join(", ");

function refuse(state: string, advice: string): EspalierError {
  return new EspalierError("ERR_PLUGIN_SWAP", `Cannot swap plugins as ${state}. ${advice}`);
}

/** Put `added` where the first of `removed` stood. Only `expected` tokens may lose all providers. */
function exchange(
  plugins: readonly AnyPlugin[],
  removed: readonly AnyPlugin[],
  added: readonly AnyPlugin[],
  expected: readonly Token<unknown>[],
): AnyPlugin[] {
  const at = plugins.indexOf(removed[0]!);
  const kept = (plugin: AnyPlugin) => !removed.includes(plugin);
  const after = [
    ...plugins.slice(0, at).filter(kept),
    ...added,
    ...plugins.slice(at).filter(kept),
  ];
  for (const plugin of removed) {
    const lost = plugin.provides.filter((token) =>
      !expected.some(({ key }) => key === token.key) && !after.some((other) => gives(other, token))
    );
    if (lost.length === 0) continue;
    throw refuse(
      `plugin "${plugin.name}" would be removed, the only provider of ${quote(lost)}`,
      `Remove it with without(plugins, "${plugin.name}") and add the new plugins to the list, ` +
        `or swap in one that provides the same.`,
    );
  }
  return after;
}

/**
 * Replace the plugins that provide the same single tokens by another.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createToken, definePlugin, noOptions, swap } from "@espalier/core";
 *
 * const Clock = createToken<() => number>("@acme/clock");
 * const define = (name: string, now: number) =>
 *   definePlugin({
 *     name,
 *     version: "1",
 *     provides: [Clock],
 *     options: noOptions,
 *     setup: (context) => context.provide(Clock, () => () => now),
 *   });
 * const plugins = swap([define("real", 2)()], define("frozen", 1)());
 * assertEquals(plugins.map((plugin) => plugin.name), ["frozen"]);
 * ```
 *
 * @typeParam P The type of the list.
 * @typeParam Q The type of the plugin.
 * @param plugins The plugins, unchanged by this.
 * @param plugin The new one; it takes the place of the first that it replaces.
 * @returns The new list.
 * @throws {EspalierError} ERR_PLUGIN_SWAP if it replaces nothing, or if a removed plugin is the
 * only provider of a token that the new one lacks; ERR_CONFIG_INVALID for what is no plugin.
 */
export function swap<const P extends readonly AnyPlugin[], Q extends AnyPlugin>(
  plugins: P,
  plugin: Q,
): (P[number] | Q)[] {
  checkOptions(swapSchema, { plugins, plugin }, { subject: "swap()" });
  const tokens = plugin.provides.filter(({ many }) => !many);
  if (tokens.length === 0) {
    throw refuse(
      `plugin "${plugin.name}" provides no single token: ${quote(plugin.provides) || "none"}`,
      `Replace the providers of a token of many with replaceAll(plugins, token, [...]).`,
    );
  }
  const removed = plugins.filter((other) => tokens.some((token) => gives(other, token)));
  if (removed.length === 0) {
    throw refuse(
      `plugin "${plugin.name}" replaces nothing: no plugin provides ${quote(tokens)}`,
      `Add it to the list instead.`,
    );
  }
  return exchange(plugins, removed, [plugin], []);
}

/**
 * Replace every provider of a token.
 *
 * @typeParam P The type of the list.
 * @typeParam Q The type of the new list.
 * @param plugins The plugins, unchanged by this.
 * @param token The token.
 * @param replacements Plugins that provide it, in order; an empty list leaves it without one.
 * @returns The new list; the replacements stand where the first provider stood.
 * @throws {EspalierError} ERR_PLUGIN_SWAP if no plugin provides the token, if a replacement does
 * not, or if a removed plugin is the only provider of another token; ERR_CONFIG_INVALID for what is no plugin.
 */
export function replaceAll<
  const P extends readonly AnyPlugin[],
  const Q extends readonly AnyPlugin[],
>(
  plugins: P,
  token: Token<unknown> | ManyToken<unknown>,
  replacements: Q,
): (P[number] | Q[number])[] {
  checkOptions(replaceSchema, { plugins, token, replacements }, { subject: "replaceAll()" });
  const stranger = replacements.find((plugin) => !gives(plugin, token));
  if (stranger !== undefined) {
    throw refuse(
      `replacement "${stranger.name}" does not provide "${token.name}": ` +
        `it provides ${quote(stranger.provides) || "nothing"}`,
      `Add it to the list instead.`,
    );
  }
  const removed = plugins.filter((plugin) => gives(plugin, token));
  if (removed.length > 0) return exchange(plugins, removed, replacements, [token]);
  throw refuse(`no plugin provides "${token.name}"`, `Add the new ones to the list instead.`);
}

/**
 * Remove a plugin. `createPruner` refuses the list if another plugin requires what only it provides.
 *
 * @typeParam P The type of the list.
 * @param plugins The plugins, unchanged by this.
 * @param name Name of the plugin.
 * @returns The list without it.
 * @throws {EspalierError} ERR_PLUGIN_SWAP if no plugin of that name is in the list; ERR_CONFIG_INVALID for
 * what is no plugin.
 */
export function without<const P extends readonly AnyPlugin[]>(
  plugins: P,
  name: string,
): P[number][] {
  checkOptions(withoutSchema, { plugins, name }, { subject: "without()" });
  const names = plugins.map((plugin) => plugin.name);
  if (names.includes(name)) return plugins.filter((plugin) => plugin.name !== name);
  const meant = nearest(name, names);
  throw refuse(
    `no plugin is named "${name}": the list holds ${names.join(", ") || "none"}`,
    meant === undefined ? "Name one of them." : `Did you mean "${meant}"?`,
  );
}
