/**
 * New plugins, from nothing: the files of a project that passes its tests at once.
 *
 * @module
 */
import { VERSION } from "@espalier/core/run";
import { named, namesOf } from "./names.ts";
import { type Contract, CONTRACTS, PIECES } from "./pieces.ts";
import { type CoreSource, projectOf } from "./project.ts";
import { sourcesOf } from "./sources.ts";

export { type Contract, CONTRACTS, type CoreSource };

/** Options of {@linkcode newPlugin}. */
export interface NewPluginOptions {
  /** What the plugin brings. */
  readonly contract: Contract;
  /** Where it finds Espalier. */
  readonly core: CoreSource;
}

/**
 * The files of a new plugin: sources with a formula, options, tests by the kit of its contract, an
 * example; configuration of Deno, npm and TypeScript, README, licence, checks for every push.
 *
 * @example Its files
 * ```ts
 * import { assert } from "@std/assert";
 * import { newPlugin } from "@espalier/scaffolding";
 *
 * const core = { kind: "published" } as const;
 * const files = newPlugin("@acme/warm-up", { contract: "regularizer", core });
 * assert(files.get("mod.ts")!.includes("export const warmUp: PluginFactory<WarmUpOptionsInput>"));
 * ```
 *
 * @param name Name of its package, with or without a scope.
 * @param options What it brings, and where Espalier is.
 * @returns Texts by path.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a name that cannot be one.
 */
export function newPlugin(
  name: string,
  { contract, core }: NewPluginOptions,
): ReadonlyMap<string, string> {
  const piece = PIECES[contract];
  const names = namesOf(name, piece.functions);
  const files = { ...projectOf({ names, piece, core, version: VERSION }), ...sourcesOf(piece) };
  return new Map(
    Object.entries(files).map(([path, text]) => [named(path, names), named(text, names)]),
  );
}
