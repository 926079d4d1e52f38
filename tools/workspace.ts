/**
 * The packages of the workspace.
 *
 * @module
 */

interface Package {
  readonly workspace?: readonly string[];
  readonly exports?: string | Readonly<Record<string, string>>;
}

async function readPackage(folder: string): Promise<Package> {
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

/** Paths of the modules that packages export. */
export async function entryPoints(): Promise<string[]> {
  const folders = await packageFolders();
  const entries = await Promise.all(folders.map(async (folder) => {
    const { exports = {} } = await readPackage(folder);
    const files = typeof exports === "string" ? [exports] : Object.values(exports);
    return files.map((file) => `${folder}/${file.replace(/^\.\//, "")}`);
  }));
  return entries.flat().sort();
}
