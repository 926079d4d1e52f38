// deno-lint-ignore-file no-console -- a command's output
/**
 * Writes the guides and the API reference as a static site into `site/`, and fails on a link that
 * leads nowhere. Run by `deno task docs:site`; it needs no network.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import { renderGuide } from "./docs_layout.ts";
import { PAGES } from "./docs_list.ts";
import {
  type Guide,
  headingsOf,
  pageOf,
  picturesOf,
  referencesOf,
  type Site,
  withWayBack,
} from "./docs_pages.ts";
import { catalogueGuide } from "./error_catalogue.ts";
import { STOREYS } from "./layers.ts";
import { exportedModules, packageFolders } from "./workspace.ts";

const OUTPUT = "site";

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

/** What the search finds: a text, where it stands, and the link. */
type Entry = readonly [text: string, where: string, href: string];

/** Exported names, out of the index that `deno doc` writes for its own search. */
async function exportedNames({ modules }: Site): Promise<Entry[]> {
  const script = await Deno.readTextFile(`${OUTPUT}/api/search_index.js`);
  const { nodes } = JSON.parse(
    script.slice(script.indexOf("{", script.indexOf("=")))
      .replace(/;?\s*\}\)\(\);?\s*$/, "").replace(/;\s*$/, ""),
  ) as {
    nodes: readonly { name: string; file: string; url: string }[];
  };
  return nodes.filter(({ name }) => !name.includes(".")).map(({ name, file, url }): Entry => {
    const module = modules.find((module) => module.file === (file === "." ? "mod.ts" : file));
    return [name, module?.name ?? file, join("api", url)];
  });
}

async function writeSearch(site: Site): Promise<void> {
  const headings = site.guides.flatMap((guide) =>
    headingsOf(guide).map(({ depth, text, slug }): Entry =>
      depth === 1
        ? [guide.title, guide.group, pageOf(guide.path)]
        : [text, guide.title, `${pageOf(guide.path)}#${slug}`]
    )
  );
  const entries = [...headings, ...await exportedNames(site)];
  await write("search_index.js", `globalThis.SEARCH_INDEX = ${JSON.stringify(entries)};\n`);
  await Deno.copyFile("tools/docs_search.js", `${OUTPUT}/search.js`);
}

/** The file or page that a reference leads to, and the heading. */
function targetOf(reference: string, from: string): { path: string; fragment?: string } {
  const [target = "", fragment] = reference.split("#");
  const path = target === "" ? from : join(dirname(from), target).replace(/\/$/, "");
  return { path, ...fragment !== undefined && { fragment } };
}

/**
 * References of guides' pages that lead to no page or file, or to no heading of a guide.
 *
 * @param pages HTML of the pages, by path.
 * @param isThere Whether the site has another file or folder.
 */
export function deadReferences(
  pages: ReadonlyMap<string, string>,
  isThere: (path: string) => boolean,
): string[] {
  return [...pages].flatMap(([from, html]) =>
    referencesOf(html).filter((reference) => {
      const { path, fragment } = targetOf(reference, from);
      const page = pages.get(path);
      if (page === undefined) return !isThere(path);
      return fragment !== undefined && !page.includes(`id="${fragment}"`);
    }).map((reference) => `${from}: ${reference}`)
  );
}

/** References of the API reference that lead to no page or file. */
async function deadInApi(paths: ReadonlySet<string>): Promise<string[]> {
  const isThere = (path: string) =>
    path === "." || paths.has(path) || paths.has(`${path}/index.html`);
  const pages = [...paths].filter((path) => path.startsWith("api/") && path.endsWith(".html"));
  const dead = await Promise.all(
    pages.map(async (from) =>
      referencesOf(await Deno.readTextFile(`${OUTPUT}/${from}`))
        .filter((reference) => !isThere(targetOf(reference, from).path))
        .map((reference) => `${from}: ${reference}`)
    ),
  );
  return dead.flat();
}

/** The pages of all guides, by path. */
export function renderGuides(site: Site): Map<string, string> {
  return new Map(site.guides.map((guide) => [pageOf(guide.path), renderGuide(guide, site)]));
}

if (import.meta.main) {
  const site = await readSite();
  await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUTPUT);
  await writeApi(site);
  const pages = renderGuides(site);
  for (const [page, html] of pages) await write(page, html);
  for (const picture of new Set(site.guides.flatMap((guide) => picturesOf(guide, site)))) {
    await write(picture, await Deno.readTextFile(picture));
  }
  await writeSearch(site);
  await Deno.copyFile("tools/docs_site.css", `${OUTPUT}/style.css`);
  const files = new Set(await Array.fromAsync(pathsIn(OUTPUT), (path) => path.slice(5)));
  const dead = [...deadReferences(pages, (path) => files.has(path)), ...await deadInApi(files)];
  dead.forEach((reference) => console.error(`Dead link: ${reference}`));
  if (dead.length > 0) Deno.exit(1);
  console.log(`${pages.size} guides and the API reference: ${OUTPUT}/index.html`);
}
