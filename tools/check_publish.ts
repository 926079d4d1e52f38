// deno-lint-ignore-file no-console -- a command's output
/**
 * Checks that all packages have one version, and rehearses the publication of each, without a
 * registry: types that are slow to infer, imports that a stranger could not resolve, files that are
 * missing. Run by `deno run --allow-read --allow-run tools/check_publish.ts`.
 *
 * @module
 */
import { VERSION } from "../core/version.ts";
import { type Package, packageFolders, readPackage } from "./workspace.ts";

/**
 * Packages whose version is not core's. Content keys hold core's version and stand for the code of
 * all packages: one that changed alone would be served what its old code made.
 *
 * @param packages All packages.
 * @param version Core's, of `core/version.ts`.
 * @returns What to print; undefined if all agree.
 */
export function versionFault(
  packages: readonly Pick<Package, "name" | "version">[],
  version: string,
): string | undefined {
  const others = packages.filter((one) => one.version !== version);
  if (others.length === 0) return undefined;
  const found = others.map((one) => `${one.name} has ${one.version ?? "none"}`).join(", ");
  return `Cannot publish packages as all must have the version of core/version.ts, ${version}: ` +
    `${found}. Set "version" in their deno.json.`;
}

async function rehearse(cwd: string): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // `deno task check` checks all types.
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd,
  }).output();
  if (!success) console.error(`${cwd}\n${new TextDecoder().decode(stderr)}`);
  return success;
}

if (import.meta.main) {
  const folders = await packageFolders();
  const fault = versionFault(await Promise.all(folders.map(readPackage)), VERSION);
  if (fault !== undefined) {
    console.error(fault);
    Deno.exit(1);
  }
  let failed = 0;
  for (const folder of folders) failed += await rehearse(folder) ? 0 : 1;
  if (failed > 0) Deno.exit(1);
}
