// deno-lint-ignore-file no-console -- a command's output
/**
 * Packs every package of the workspace for npm: JavaScript of ES2022, declarations, source maps,
 * README and licence. Run by `deno task pack [FOLDER]`; tarballs lie in the folder `packs` by default.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { emitPackage } from "./packing/emit.ts";
import { commandsOf, manifestOf } from "./packing/manifest.ts";
import { loadTypeScript, type TypeScript } from "./packing/typescript.ts";
import { writeText } from "./paths.ts";
import { entriesOf, type Package, packageFolders, readPackage } from "./workspace.ts";

/** Names of tarballs, by which earlier ones are known. */
const OURS = /^espalier-.*\.tgz$/;

/** All packages by folder. */
async function readPackages(): Promise<Map<string, Package>> {
  const folders = await packageFolders();
  return new Map(
    await Promise.all(folders.map(async (folder) => [folder, await readPackage(folder)] as const)),
  );
}

/** Write the folder of one package, as npm packs it. */
async function writePackage(
  ts: TypeScript,
  packages: ReadonlyMap<string, Package>,
  { folder, to }: { readonly folder: string; readonly to: string },
): Promise<void> {
  const root = packages.get(".")!, config = packages.get(folder)!;
  const commands = Object.values(commandsOf(config));
  const entries = [...Object.values(entriesOf(config)), ...commands]
    .map((path) => path.replace(/^\.\//, ""));
  const { files, imports } = await emitPackage(
    ts,
    entries,
    (path) => Deno.readTextFile(join(folder, path)),
  );
  const readme = await Deno.readTextFile(join(folder, "README.md")).catch(() => "");
  const manifest = manifestOf({
    ...{ config, imports, readme },
    aliases: { ...root.imports, ...config.imports },
    versions: new Map(Array.from(packages.values(), ({ name, version }) => [name, version!])),
  });
  files.set("README.md", readme).set("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
  files.set("LICENSE", await Deno.readTextFile("LICENSE"));
  for (const [path, text] of files) await writeText(join(to, path), text);
}

/** Make tarballs of folders. */
async function tarballs(folders: readonly string[], to: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--json", "--pack-destination", to, ...folders],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const packed: { filename: string }[] = JSON.parse(new TextDecoder().decode(stdout));
  return packed.map(({ filename }) => join(to, filename));
}

/**
 * Pack every package.
 *
 * @param to Folder of the tarballs; earlier ones are removed.
 * @returns Paths of the tarballs.
 * @throws {Error} If a package cannot be packed.
 */
export async function packAll(to: string): Promise<string[]> {
  const ts = await loadTypeScript();
  const work = await Deno.makeTempDir();
  try {
    await Deno.mkdir(to, { recursive: true });
    for await (const { name } of Deno.readDir(to)) {
      if (OURS.test(name)) await Deno.remove(join(to, name));
    }
    const packages = await readPackages();
    const folders = [...packages.keys()];
    const written = folders.map((_, i) => join(work, String(i)));
    for (const [i, folder] of folders.entries()) {
      await writePackage(ts, packages, { folder, to: written[i]! });
    }
    return await tarballs(written, to);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const made = await packAll(resolve(Deno.args[0] ?? "packs"));
  console.log(`${made.length} tarballs in ${dirname(made[0]!)}`);
}
