/**
 * The packages of the workspace.
 *
 * @module
 */

/** A `deno.json`, as far as the tools read it. */
export interface Package {
  /** Name of the package. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
  /** Its licence, by the name that registries know. */
  readonly license?: string;
  /** Folders of its members, of the root alone. */
  readonly workspace?: readonly string[];
  /** Its entry points. */
  readonly exports?: string | Readonly<Record<string, string>>;
  /** What its files may import by name. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** The `deno.json` of a folder. */
export async function readPackage(folder: string): Promise<Package> {
  return JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
}

/** Folders of the workspace's members; a member may end in `/*`. */
async function* memberFolders({ workspace = [] }: Package): AsyncGenerator<string> {
  for (const member of workspace) {
    if (!member.endsWith("/*")) {
      yield member;
      continue;
    }
    const parent = member.slice(0, -2);
    for await (const { name } of Deno.readDir(parent)) yield `${parent}/${name}`;
  }
}

/** Folders of all packages, from the root of the repository. */
export async function packageFolders(): Promise<string[]> {
  const members = await Array.fromAsync(memberFolders(await readPackage(".")));
  return [".", ...members.sort()];
}

/** Entries of a package by what it is imported as. */
export function entriesOf({ exports = {} }: Package): Readonly<Record<string, string>> {
  return typeof exports === "string" ? { ".": exports } : exports;
}

/** A module that a package exports. */
export interface ExportedModule {
  /** What it is imported by, as in `@espalier/core/run`. */
  readonly name: string;
  /** Its path from the root of the repository. */
  readonly file: string;
}

/** The modules that packages export, in the order of their names. */
export async function exportedModules(): Promise<ExportedModule[]> {
  const folders = await packageFolders();
  const modules = await Promise.all(folders.map(async (folder) => {
    const config = await readPackage(folder);
    return Object.entries(entriesOf(config)).map(([key, file]) => ({
      name: config.name + key.slice(1),
      file: `${folder}/${file.replace(/^\.\//, "")}`.replace(/^(\.\/)+/, ""),
    }));
  }));
  return modules.flat().sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Paths of the modules that packages export. */
export async function entryPoints(): Promise<string[]> {
  return (await exportedModules()).map(({ file }) => file);
}
