/** Plugins that are there: those of the root, and packages with the keyword `espalier-plugin`. */
import { type AnyPlugin, EspalierError, type PluginFactory } from "@espalier/core";
import * as root from "@espalier/espalier";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Keyword by which packages are found. */
const KEYWORD = "espalier-plugin";

/** An option of a plugin. */
export interface InstalledOption {
  /** Its name. */
  readonly name: string;
  /** What it is, if its schema says so. */
  readonly description?: string;
  /** Its default, if it has one. */
  readonly default?: unknown;
}

/** A plugin that is installed. */
export interface InstalledPlugin {
  /** Name of its package. */
  readonly package: string;
  /** Version of its package; absent for the root's. */
  readonly packageVersion?: string;
  /** Name of its factory. */
  readonly factory: string;
  /** Its name. */
  readonly name: string;
  /** Its version, on which stored results depend; absent if it needs options to be made. */
  readonly version?: string;
  /** What it provides, and phases that it brings; absent if it needs options to be made. */
  readonly contracts?: readonly string[];
  /** Its options. */
  readonly options: readonly InstalledOption[];
}

/** What was found. */
export interface InstalledPlugins {
  /** The plugins. */
  readonly plugins: readonly InstalledPlugin[];
  /** Packages that cannot be imported, and why. */
  readonly notes: readonly string[];
}

// deno-lint-ignore no-explicit-any -- of any events and phases
type AnyFactory = PluginFactory<any, any, any>;

const isFactory = (value: unknown): value is AnyFactory =>
  typeof value === "function" && "pluginName" in value && "jsonSchema" in value;

/** The plugin without options, if it can be made so. */
function made(factory: AnyFactory): AnyPlugin | undefined {
  try {
    return factory();
  } catch (error) {
    if (error instanceof EspalierError) return undefined;
    throw error;
  }
}

function contractsOf({ provides, phases }: AnyPlugin): string[] {
  return [
    ...provides.map(({ name }) => name.replace("@espalier/core/", "")),
    ...phases.map(({ phase }) => `phase "${phase.name}"`),
  ];
}

function optionsOf(factory: AnyFactory): InstalledOption[] {
  const { properties = {} } = factory.jsonSchema() as {
    properties?: Record<string, { description?: string; default?: unknown }>;
  };
  return Object.entries(properties).map(([name, { description, default: value }]) => ({
    name,
    ...description !== undefined && { description },
    ...value !== undefined && { default: value },
  }));
}

/** The plugins that a module exports. */
function pluginsIn(
  module: object,
  from: Pick<InstalledPlugin, "package" | "packageVersion">,
): InstalledPlugin[] {
  return Object.entries(module).filter(([, value]) => isFactory(value)).map(([name, factory]) => {
    const plugin = made(factory);
    return {
      ...from,
      factory: name,
      name: factory.pluginName,
      ...plugin && { version: plugin.version, contracts: contractsOf(plugin) },
      options: optionsOf(factory),
    };
  });
}

/** Folders of packages in `node_modules`, those with a scope included. */
async function packagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const nested = await Promise.all(
    names.map(async (name) =>
      name.startsWith("@")
        ? (await readdir(join(folder, name))).map((own) => join(folder, name, own))
        : [join(folder, name)]
    ),
  );
  return nested.flat().sort();
}

/**
 * The plugins of the root, and of packages of a project.
 *
 * @param project Folder with a `node_modules`; without one the root's plugins are all.
 * @returns Them, and notes on packages that cannot be imported.
 */
export async function installedPlugins(project: string): Promise<InstalledPlugins> {
  const notes: string[] = [];
  const plugins = pluginsIn(root, { package: "@espalier/espalier" });
  const known = new Set(plugins.map(({ name }) => name));
  const resolvePackage = createRequire(resolve(project, "package.json")).resolve;
  for (const folder of await packagesIn(join(project, "node_modules"))) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
    const { name, version, keywords = [] } = JSON.parse(text);
    if (!keywords.includes(KEYWORD)) continue;
    try {
      const module = await import(pathToFileURL(resolvePackage(name)).href);
      const own = pluginsIn(module, { package: name, packageVersion: version });
      plugins.push(...own.filter((plugin) => !known.has(plugin.name)));
    } catch (error) {
      notes.push(`${name} cannot be imported: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { plugins, notes };
}
