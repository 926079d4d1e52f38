/**
 * Links of the site that lead nowhere.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import { referencesOf } from "./pages.ts";

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
export async function deadInApi(
  folder: string,
  paths: ReadonlySet<string>,
): Promise<string[]> {
  const isThere = (path: string) =>
    path === "." || paths.has(path) || paths.has(`${path}/index.html`);
  const pages = [...paths].filter((path) => path.startsWith("api/") && path.endsWith(".html"));
  const dead = await Promise.all(
    pages.map(async (from) =>
      referencesOf(await Deno.readTextFile(`${folder}/${from}`))
        .filter((reference) => !isThere(targetOf(reference, from).path))
        .map((reference) => `${from}: ${reference}`)
    ),
  );
  return dead.flat();
}
