import {
  type AnyPhase,
  type AnyPlugin,
  type Blueprint,
  type Dataset,
  EspalierError,
  type TrainedNetwork,
} from "@espalier/core";
import { fileError, nearest } from "@espalier/core/run";
import type { KINDS, Named } from "./schema.ts";

/** A factory of plugins of any options. */
export interface AnyFactory {
  // deno-lint-ignore no-explicit-any -- factories of different options in one table
  (options?: any): AnyPlugin;
  /** Unique name of the plugin. */
  readonly pluginName: string;
  /** JSON Schema of its options. */
  jsonSchema(): Record<string, unknown>;
}

/** Makes something from options; paths in them are told from the study's file by `resolve`. */
export type Maker<T> = (
  // deno-lint-ignore no-explicit-any -- makers of different options in one table
  options: any,
  context: { readonly resolve: (path: string) => string },
) => T | Promise<T>;

/** What names in a study as data stand for. */
export interface Registry {
  /** Factories of plugins, by the names of the plugins. */
  readonly plugin: Readonly<Record<string, AnyFactory>>;
  /** Networks. */
  readonly network: Readonly<Record<string, Maker<Blueprint | TrainedNetwork>>>;
  /** Datasets. */
  readonly data: Readonly<Record<string, Maker<Dataset>>>;
  /** Lists of plugins. */
  readonly base: Readonly<Record<string, Maker<readonly AnyPlugin[]>>>;
  /** Phases. */
  readonly phase: Readonly<Record<string, () => AnyPhase>>;
}

/** A kind of things that modules export too. */
export type Kind = typeof KINDS[number];

/** The factories of plugins that a module exports, by the names of the plugins. */
export function factoriesOf(exports: Readonly<Record<string, unknown>>): Registry["plugin"] {
  const factories = Object.values(exports).filter((value): value is AnyFactory =>
    typeof value === "function" && "pluginName" in value
  );
  return Object.fromEntries(factories.map((factory) => [factory.pluginName, factory]));
}

function unknown(kind: string, name: string, known: readonly string[]): EspalierError {
  const meant = nearest(name, known);
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot create a study as each ${kind} must be known by its name: "${name}" is not. ` +
      `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${known.join(", ")}. ` +
      `Another module's: { "use": "${name}", "from": "./module.ts" }.`,
  );
}

/** Something of a table by its name. */
export function lookUp<T>(
  table: Readonly<Record<string, T>>,
  { use, kind }: { readonly use: string; readonly kind: string },
): T {
  if (Object.hasOwn(table, use)) return table[use]!;
  throw unknown(kind, use, Object.keys(table).sort());
}

/** What a module has of a kind: factories of plugins by their names, else what it exports. */
export async function fromModule(
  { use, from }: Named & { readonly from: string },
  { kind, resolve }: { readonly kind: Kind; readonly resolve: (path: string) => string },
): Promise<unknown> {
  const url = /^\.{0,2}\//.test(from) ? resolve(from) : from;
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(url);
  } catch (error) {
    throw fileError(error, "import", url);
  }
  const table = kind === "plugin" ? factoriesOf(exports) : exports;
  return lookUp(table, { use, kind: `${kind} of "${from}"` });
}
