/**
 * The `package.json` of a package, by its `deno.json` and what its files import.
 *
 * @module
 */
import { entriesOf, type Package } from "../workspace.ts";

/** Of these there must be one copy: tensors of two do not mix. */
const PEERS = ["@tensorflow/tfjs"];

/** Whoever wants them installs them: their installation runs a script that downloads a library. */
const OPTIONAL = ["@tensorflow/tfjs-node-gpu"];

/** Commands by the package that brings them. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "@espalier/cli": { espalier: "main.ts" },
};

/** Oldest release of Node that the packages are tried with. */
const NODE = ">=22";

/** What a manifest follows from. */
export interface ManifestInput {
  /** The package's `deno.json`. */
  readonly config: Package;
  /** What `imports` of it and of the root say, its own first. */
  readonly aliases: Readonly<Record<string, string>>;
  /** What its files import, as it is written. */
  readonly imports: Iterable<string>;
  /** Versions of the workspace's packages by name. */
  readonly versions: ReadonlyMap<string, string>;
  /** Its README. */
  readonly readme: string;
}

/** A `package.json`. */
export type Manifest = Readonly<Record<string, unknown>>;

/** The package that a specifier belongs to. */
export const packageOf = (specifier: string): string =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

/** Modules that a package's commands begin with, by the command's name. */
export const commandsOf = ({ name }: Package): Readonly<Record<string, string>> =>
  COMMANDS[name] ?? {};

/**
 * The version of npm that an alias stands for, as `4.22.0` of `npm:@tensorflow/tfjs@4.22.0`.
 *
 * @throws {Error} If nothing says which it is.
 */
function versionOf(name: string, { config, aliases, versions }: ManifestInput): string {
  const own = versions.get(name);
  if (own !== undefined) return own;
  for (const target of Object.values(aliases)) {
    const [, found, version] = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(target) ?? [];
    if (found === name) return version!;
  }
  throw new Error(
    `Cannot pack ${config.name} as what it imports must have a version: "${name}" has none. ` +
      "Set it in imports of its deno.json or the root's.",
  );
}

/** First sentence below the title. */
function descriptionOf(readme: string): string | undefined {
  const [, paragraph] = /(?:^|\n)# .*\n+([^#\n][^]*?)(?:\n\n|$)/.exec(readme) ?? [];
  return paragraph && /^[^]*?[.:](?=\s|$)/.exec(paragraph)?.[0].replace(/\s+/g, " ")
    .replace(/:$/, ".");
}

function exportOf(file: string): Readonly<Record<string, string>> {
  const path = file.replace(/\.ts$/, "");
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** Fields without those that would be empty. */
function filled(fields: Manifest): Manifest {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) =>
      value !== undefined && (typeof value !== "object" || Object.keys(value!).length > 0)
    ),
  );
}

/**
 * The `package.json` of a package. The workspace's packages are dependencies by exact version, as
 * all change together; TensorFlow.js is a peer of all but the root.
 *
 * @param input What it follows from.
 * @returns Its content.
 * @throws {Error} If an import has no version.
 */
export function manifestOf(input: ManifestInput): Manifest {
  const { config, imports, readme } = input;
  const isRoot = config.workspace !== undefined;
  const names = [...new Set([...Array.from(imports, packageOf), ...isRoot ? PEERS : []])]
    .filter((name) => !name.startsWith("node:") && name !== config.name).sort();
  const withVersion = (some: readonly string[]) =>
    Object.fromEntries(some.map((name) => [name, versionOf(name, input)]));
  const isPeer = (name: string) => OPTIONAL.includes(name) || !isRoot && PEERS.includes(name);
  const isPlugin = config.name.startsWith("@espalier/plugin-");
  return filled({
    name: config.name,
    version: config.version,
    description: descriptionOf(readme),
    keywords: ["espalier", ...isPlugin ? ["espalier-plugin"] : []],
    license: config.license,
    type: "module",
    exports: { ...mapValues(entriesOf(config), exportOf), "./package.json": "./package.json" },
    bin: mapValues(commandsOf(config), (file) => file.replace(/\.ts$/, ".js")),
    engines: { node: NODE },
    dependencies: withVersion(names.filter((name) => !isPeer(name))),
    peerDependencies: withVersion(names.filter(isPeer)),
    peerDependenciesMeta: Object.fromEntries(
      names.filter((name) => OPTIONAL.includes(name)).map((name) => [name, { optional: true }]),
    ),
  });
}
