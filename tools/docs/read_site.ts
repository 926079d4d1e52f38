/**
 * Reads what the site is made of: guides, packages, exported modules.
 *
 * @module
 */
import { join } from "node:path/posix";
import { STOREYS } from "../layers.ts";
import { pathsIn } from "../paths.ts";
import { exportedModules, packageFolders } from "../workspace.ts";
import { catalogueGuide } from "./error_catalogue.ts";
import { PAGES } from "./list.ts";
import type { Guide, Site } from "./pages.ts";

/** From the ground upwards. */
function storeyNumber(folder: string): number {
  return STOREYS.findIndex((storey) => storey.folder === folder.split("/")[0]);
}

/** The site of the repository in the current folder. */
export async function readSite(): Promise<Site> {
  const paths = new Set(await Array.fromAsync(pathsIn(".")));
  const listed = Object.entries(PAGES).flatMap(([group, pages]) =>
    Object.entries(pages).map(([path, title]) => ({ path, title, group }))
  );
  const packages = (await packageFolders()).map((folder) => join(folder))
    .filter((folder) => paths.has(`${folder}/README.md`))
    .sort((a, b) => storeyNumber(a) - storeyNumber(b))
    .map((folder) => ({
      path: `${folder}/README.md`,
      title: folder.replace("plugins/", ""),
      group: folder.startsWith("plugins/") ? "Plugins" : "Packages",
    }))
    .filter(({ path }) => path !== "README.md" && listed.every((page) => page.path !== path));
  const guides = await Promise.all([...listed, ...packages].map(async (page): Promise<Guide> => {
    const guide = { ...page, text: await Deno.readTextFile(page.path) };
    return page.path === "docs/errors.md" ? await catalogueGuide(guide, paths) : guide;
  }));
  return { guides, modules: await exportedModules(), paths };
}
