// deno-lint-ignore-file no-console -- a command's output
/**
 * Writes the guides and the API reference as a static site into `site/`, and fails on a link that
 * leads nowhere. Run by `deno task docs:site`; it needs no network.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import {
  type Guide,
  pageOf,
  referencesOf,
  renderGuide,
  type Site,
  withWayBack,
} from "./docs_pages.ts";
import { STOREYS } from "./layers.ts";
import { exportedModules, packageFolders } from "./workspace.ts";

const OUTPUT = "site";

/** Guides that belong to no package, by their titles. */
const GUIDES = {
  "README.md": "Overview",
  "FEATURES.md": "What works",
  "docs/own_network.md": "Your own network",
  "docs/serving.md": "Serving a small network",
  "docs/if_it_stops.md": "If it stops",
  "docs/studies.md": "Studies",
  "CONTRIBUTING.md": "Contributing",
  "CHANGELOG.md": "Changelog",
  "tests/fixtures/tas/README.md": "Numbers of TAS",
};

/** Files and folders below a folder, but for those that are hidden or made. */
async function* pathsIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === OUTPUT || name === "node_modules") continue;
    const path = join(folder, name);
    yield path;
    if (isDirectory) yield* pathsIn(path);
  }
}

/** From the ground upwards. */
function storeyNumber(folder: string): number {
  return STOREYS.findIndex((storey) => storey.folder === folder.split("/")[0]);
}

/** The site of the repository in the current folder. */
export async function readSite(): Promise<Site> {
  const paths = new Set(await Array.fromAsync(pathsIn(".")));
  const packages = (await packageFolders()).map((folder) => join(folder))
    .filter((folder) => folder !== "." && paths.has(`${folder}/README.md`))
    .sort((a, b) => storeyNumber(a) - storeyNumber(b));
  const titled = [
    ...Object.entries(GUIDES).map(([path, title]) => ({ path, title, group: "Guides" as const })),
    ...packages.map((folder) => ({
      path: `${folder}/README.md`,
      title: folder.replace("plugins/", ""),
      group: folder.startsWith("plugins/") ? "Plugins" as const : "Packages" as const,
    })),
  ];
  const guides = await Promise.all(
    titled.map(async (guide): Promise<Guide> => ({
      ...guide,
      text: await Deno.readTextFile(guide.path),
    })),
  );
  return { guides, modules: await exportedModules(), paths };
}

/** The API reference, by Deno's own generator, which makes no folder above its output. */
async function writeApi({ modules }: Site): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["doc", "--html", "--name=Espalier", `--output=${OUTPUT}/api`],
      ...modules.map(({ file }) => file),
    ],
  }).output();
  if (!success) throw new Error(`deno doc failed: ${new TextDecoder().decode(stderr)}`);
  for await (const path of pathsIn(`${OUTPUT}/api`)) {
    if (!path.endsWith(".html")) continue;
    const html = await Deno.readTextFile(path);
    if (!html.includes('id="topnav"')) continue; // a redirection
    await Deno.writeTextFile(path, withWayBack(html, path.slice(OUTPUT.length + 1), modules));
  }
}

async function write(page: string, content: string): Promise<void> {
  const path = `${OUTPUT}/${page}`;
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, content);
}

/** References of the site's pages that lead to no file, or of guides to no heading. */
async function deadReferences({ guides }: Site): Promise<string[]> {
  const paths = new Set(await Array.fromAsync(pathsIn(OUTPUT)));
  const isGuide = new Set(guides.map(({ path }) => `${OUTPUT}/${pageOf(path)}`));
  const dead: string[] = [];
  for (const path of [...paths].filter((path) => path.endsWith(".html"))) {
    for (const reference of referencesOf(await Deno.readTextFile(path))) {
      const [target = "", fragment] = reference.split("#");
      const found = target === "" ? path : join(dirname(path), target).replace(/\/$/, "");
      const isThere = paths.has(found) || paths.has(`${found}/index.html`) || found === OUTPUT;
      if (!isThere) dead.push(`${path}: ${reference}`);
      if (fragment === undefined || !isGuide.has(path) || !isGuide.has(found)) continue;
      const page = await Deno.readTextFile(found);
      if (!page.includes(`id="${fragment}"`)) dead.push(`${path}: ${reference}`);
    }
  }
  return dead;
}

if (import.meta.main) {
  const site = await readSite();
  await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUTPUT);
  await writeApi(site);
  for (const guide of site.guides) await write(pageOf(guide.path), renderGuide(guide, site));
  await Deno.copyFile("tools/docs_site.css", `${OUTPUT}/style.css`);
  const dead = await deadReferences(site);
  dead.forEach((reference) => console.error(`Dead link: ${reference}`));
  if (dead.length > 0) Deno.exit(1);
  console.log(`${site.guides.length} guides and the API reference: ${OUTPUT}/index.html`);
}
