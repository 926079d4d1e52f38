/**
 * Writes the guides into a folder, with pictures, style and the index of the search.
 *
 * @module
 */
import { writeText } from "../paths.ts";
import { renderGuide } from "./layout.ts";
import { headingsOf, pageOf, picturesOf, type Site } from "./pages.ts";

/** What the search finds: a text, where it stands, and the link. */
export type Entry = readonly [text: string, where: string, href: string];

/** The pages of all guides, by path. */
export function renderGuides(site: Site): Map<string, string> {
  return new Map(site.guides.map((guide) => [pageOf(guide.path), renderGuide(guide, site)]));
}

function headingEntries({ guides }: Site): Entry[] {
  return guides.flatMap((guide) =>
    headingsOf(guide).map(({ depth, text, slug }): Entry =>
      depth === 1
        ? [guide.title, guide.group, pageOf(guide.path)]
        : [text, guide.title, `${pageOf(guide.path)}#${slug}`]
    )
  );
}

/**
 * Write all but the API reference.
 *
 * @param site The site.
 * @param folder Where to.
 * @param names What else the search finds, behind the headings.
 * @returns The pages, by path.
 */
export async function writeGuides(
  site: Site,
  { folder, names = [] }: { readonly folder: string; readonly names?: readonly Entry[] },
): Promise<ReadonlyMap<string, string>> {
  const pages = renderGuides(site);
  const index = JSON.stringify([...headingEntries(site), ...names]);
  const pictures = new Set(site.guides.flatMap((guide) => picturesOf(guide, site)));
  const copied = new Map([...pictures].map((path) => [path, path]))
    .set("tools/docs/search.js", "search.js")
    .set("tools/docs/site.css", "style.css");
  const write = (path: string, content: string) => writeText(`${folder}/${path}`, content);
  for (const [path, html] of pages) await write(path, html);
  for (const [from, to] of copied) await write(to, await Deno.readTextFile(from));
  await write("search_index.js", `globalThis.SEARCH_INDEX = ${index};\n`);
  return pages;
}
