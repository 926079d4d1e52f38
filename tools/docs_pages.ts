/**
 * The pages of the documentation site: where a guide stands, what its links become, how it looks.
 *
 * @module
 */
import { Marked } from "marked";
import { dirname, join, relative } from "node:path/posix";
import type { ExportedModule } from "./workspace.ts";

/** A markdown file that becomes a page. */
export interface Guide {
  /** Its path from the root of the repository. */
  readonly path: string;
  /** What the navigation calls it. */
  readonly title: string;
  /** Where the navigation lists it. */
  readonly group: "Guides" | "Packages" | "Plugins";
  /** Its markdown. */
  readonly text: string;
}

/** What pages lead to. */
export interface Site {
  /** All guides, in the order of the navigation. */
  readonly guides: readonly Guide[];
  /** The modules of the API reference. */
  readonly modules: readonly ExportedModule[];
  /** Files and folders of the repository. */
  readonly paths: ReadonlySet<string>;
}

/** The page of a guide: `core/README.md` is `core.html`, the root's README the index. */
export function pageOf(path: string): string {
  if (path === "README.md") return "index.html";
  return `${path.replace(/\/README\.md$/, "").replace(/\.md$/, "").toLowerCase()}.html`;
}

/** The page of a module in the API reference. */
export function apiPageOf({ file }: Pick<ExportedModule, "file">): string {
  return file === "mod.ts" ? "api/index.html" : `api/${file}/index.html`;
}

/** From one page to another. */
export function between(from: string, to: string): string {
  return relative(dirname(from), to);
}

/**
 * What a link of a guide becomes.
 *
 * @param href The link, as the guide has it.
 * @param from The guide's path.
 * @param site What there is.
 * @returns A link from page to page, or one to elsewhere; undefined for a file of the repository,
 * which the site does not hold.
 * @throws {Error} If the link leads to no file.
 */
export function linkOf(href: string, from: string, site: Site): string | undefined {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [target = "", fragment] = href.split("#");
  const path = join(dirname(from), target).replace(/\/$/, "");
  if (!site.paths.has(path)) throw new Error(`${from} links to ${href}, which is not there`);
  const guide = site.guides.find((guide) =>
    guide.path === path || guide.path === `${path}/README.md`
  );
  if (guide === undefined) return undefined;
  const page = between(pageOf(from), pageOf(guide.path));
  return fragment === undefined ? page : `${page}#${fragment}`;
}

/** The fragment by which a heading is linked to, as code hosts make it. */
export function slugOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function bodyOf({ path, text }: Guide, site: Site): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const inner = this.parser.parseInline(tokens);
        return `<h${depth} id="${slugOf(text)}">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const link = linkOf(href, path, site);
        return link === undefined
          ? `<span class="source" title="${escaped(href)}">${inner}</span>`
          : `<a href="${escaped(link)}">${inner}</a>`;
      },
    },
  });
  return marked.parse(text, { async: false });
}

function navigation(path: string, { guides, modules }: Site): string {
  const here = pageOf(path);
  const item = (title: string, page: string) => {
    const current = page === here ? ' aria-current="page"' : "";
    return `<li><a href="${between(here, page)}"${current}>${escaped(title)}</a></li>`;
  };
  const list = (items: readonly string[]) => `<ul>\n${items.join("\n")}\n</ul>`;
  const groups = (["Guides", "Packages", "Plugins"] as const).map((group) => {
    const own = guides.filter((guide) => guide.group === group);
    return `<h2>${group}</h2>\n${list(own.map(({ title, path }) => item(title, pageOf(path))))}`;
  });
  const api = modules.filter(({ file }) => !file.startsWith("plugins/"))
    .map((module) => item(module.name.replace("@espalier/", ""), apiPageOf(module)));
  return [...groups, `<h2>API</h2>\n${list(api)}`].join("\n");
}

/** The reference of the modules that stand beside a package's guide. */
function referenceLine({ path, group }: Guide, { modules }: Site): string {
  if (group === "Guides") return "";
  const folder = dirname(path);
  const links = modules.filter(({ file }) => file.startsWith(`${folder}/`)).map((module) =>
    `<a href="${between(pageOf(path), apiPageOf(module))}">${module.name}</a>`
  );
  return `<p class="reference">API: ${links.join(", ")}</p>\n`;
}

/**
 * The page of a guide.
 *
 * @param guide The guide.
 * @param site What the page leads to.
 * @returns A document of HTML that needs nothing from outside the site.
 */
export function renderGuide(guide: Guide, site: Site): string {
  const to = (page: string) => between(pageOf(guide.path), page);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(guide.title)} – Espalier</title>
<link rel="stylesheet" href="${to("api/prism.css")}">
<link rel="stylesheet" href="${to("style.css")}">
<script src="${to("api/prism.js")}" defer></script>
</head>
<body>
<nav>
<p class="name"><a href="${to("index.html")}">Espalier</a></p>
${navigation(guide.path, site)}
</nav>
<main>
${referenceLine(guide, site)}${bodyOf(guide, site)}</main>
</body>
</html>
`;
}

/** Where `deno doc` keeps what every page has at its top right. */
const TOP_RIGHT = '<div class="flex items-center gap-2">';

/**
 * A page of `deno doc` with a way back to the guides, and modules by the names they are imported by.
 *
 * @param html The page.
 * @param page Its path in the site.
 * @param modules The modules of the API reference.
 * @returns The page.
 * @throws {Error} If there is no place for the way back, as another version of Deno may have none.
 */
export function withWayBack(
  html: string,
  page: string,
  modules: readonly ExportedModule[],
): string {
  if (!html.includes(TOP_RIGHT)) throw new Error(`${page} has no place for a link to the guides`);
  const back = `<a href="${between(page, "index.html")}" class="contextLink">Guides</a>`;
  const named = html.replace(/from &quot;([^&]*)&quot;/g, (found, path: string) => {
    const file = path === "." ? "mod.ts" : path;
    const module = modules.find((module) => module.file === file);
    return module === undefined ? found : `from &quot;${module.name}&quot;`;
  });
  return named.replace(TOP_RIGHT, `$&${back}`);
}

/** Files of the site that a page refers to, with fragments; not those elsewhere. */
export function referencesOf(html: string): string[] {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)]
    .map(([, href]) => href!.replaceAll("&#x2F;", "/").replaceAll("&amp;", "&"))
    .filter((href) => !/^[a-z]+:/.test(href));
}
