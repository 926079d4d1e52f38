/**
 * What stands around a guide on its page: navigation, search, contents, the pages before and after.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { apiPageOf, between, bodyOf, type Guide, headingsOf, pageOf, type Site } from "./pages.ts";
import { escapeHtml } from "../../reports/html_page.ts";
import type { ExportedModule } from "../workspace.ts";

/** Groups that are folded where the reader is elsewhere. */
const FOLDED: readonly string[] = ["Packages", "Plugins", "API", "Project"];

/** Modules that the navigation lists; those of plugins stand on their pages. */
function listedModules({ modules }: Pick<Site, "modules">): ExportedModule[] {
  return modules.filter(({ file }) => !file.startsWith("plugins/"));
}

function navigation({ path, group: here }: Guide, site: Site): string {
  const page = pageOf(path);
  const item = (title: string, to: string) => {
    const current = to === page ? ' aria-current="page"' : "";
    return `<li><a href="${between(page, to)}"${current}>${escapeHtml(title)}</a></li>`;
  };
  const groups = Map.groupBy(site.guides, ({ group }) => group);
  const lists = [...groups].map(([group, guides]) =>
    [group, guides.map(({ title, path }) => item(title, pageOf(path)))] as const
  );
  const api = listedModules(site).map((module) =>
    item(module.name.replace("@espalier/", ""), apiPageOf(module))
  );
  return [...lists, ["API", api] as const].map(([group, items]) => {
    const open = FOLDED.includes(group) && group !== here ? "" : " open";
    return `<details${open}><summary>${group}</summary>\n<ul>\n${
      items.join("\n")
    }\n</ul></details>`;
  }).join("\n");
}

/** The reference of the modules that stand beside a package's guide. */
function referenceLine({ path }: Guide, { modules }: Site): string {
  const folder = path === "README.md" ? "presets" : dirname(path);
  const links = modules.filter(({ file }) => file.startsWith(`${folder}/`)).map((module) =>
    `<a href="${between(pageOf(path), apiPageOf(module))}">${module.name}</a>`
  );
  return links.length === 0 ? "" : `<p class="reference">API: ${links.join(", ")}</p>\n`;
}

/** Headings below the title, where there are enough to choose from. */
function contents(guide: Guide): string {
  const headings = headingsOf(guide).filter(({ depth }) => depth === 2 || depth === 3);
  if (headings.length < 2) return "";
  const items = headings.map(({ depth, text, slug }) =>
    `<li class="h${depth}"><a href="#${slug}">${escapeHtml(text)}</a></li>`
  );
  return `<aside><p>On this page</p>\n<ul>\n${items.join("\n")}\n</ul></aside>`;
}

function neighbours({ path }: Guide, { guides }: Site): string {
  const at = guides.findIndex((guide) => guide.path === path);
  const link = (guide: Guide | undefined, rel: "prev" | "next") =>
    guide === undefined
      ? "<span></span>"
      : `<a rel="${rel}" href="${between(pageOf(path), pageOf(guide.path))}">${
        rel === "prev" ? "← " : ""
      }${escapeHtml(guide.title)}${rel === "next" ? " →" : ""}</a>`;
  return `<div class="neighbours">${link(guides[at - 1], "prev")}${
    link(guides[at + 1], "next")
  }</div>`;
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
  const root = to("index.html").replace(/index\.html$/, "");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(guide.title)} – Espalier</title>
<link rel="stylesheet" href="${to("style.css")}">
<script src="${to("api/prism.js")}" defer></script>
<script src="${to("search_index.js")}" defer></script>
<script src="${to("search.js")}" data-root="${root}" defer></script>
</head>
<body>
<header>
<a class="name" href="${to("index.html")}">Espalier</a>
<button id="menu" aria-controls="navigation" aria-expanded="false">Menu</button>
<div id="search" hidden><input type="search" placeholder="Search (/)" aria-label="Search headings and names" autocomplete="off"><ol></ol></div>
</header>
<nav id="navigation">
${navigation(guide, site)}
</nav>
<main>
${referenceLine(guide, site)}${bodyOf(guide, site)}
${neighbours(guide, site)}
</main>
${contents(guide)}
</body>
</html>
`;
}
