/**
 * The guides of the documentation site: where one stands, what its links become, its headings.
 *
 * @module
 */
import { Marked, type Token, type Tokens } from "marked";
import { dirname, join, relative } from "node:path/posix";
import { escapeHtml } from "../../reports/html_page.ts";
import type { ExportedModule } from "../workspace.ts";

/** A markdown file that becomes a page. */
export interface Guide {
  /** Its path from the root of the repository. */
  readonly path: string;
  /** What the navigation calls it. */
  readonly title: string;
  /** Where the navigation lists it. */
  readonly group: string;
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

/** A heading of a page. */
export interface Heading {
  /** 1 to 6. */
  readonly depth: number;
  /** What it says, plainly. */
  readonly text: string;
  /** By which it is linked to. */
  readonly slug: string;
}

/** The page of a guide: `core/README.md` is `core.html`, that of the documentation the index. */
export function pageOf(path: string): string {
  if (path === "docs/README.md") return "index.html";
  return `${path.replace(/\/README\.md$/, "").replace(/\.md$/, "").toLowerCase()}.html`;
}

/** The page of a module in the API reference. */
export function apiPageOf({ file }: Pick<ExportedModule, "file">): string {
  if (file === "mod.ts") return "api/index.html";
  // Deno names what the root exports by the export, all else by its file.
  return `api/${file.includes("/") ? file : file.replace(/\.ts$/, "")}/index.html`;
}

/** From one page to another. */
export function between(from: string, to: string): string {
  return relative(dirname(from), to);
}

const isElsewhere = (href: string): boolean => /^([a-z]+:|#)/.test(href);

/** The file that a link of a guide names. */
function fileOf(href: string, from: string, { paths }: Site): string {
  const path = join(dirname(from), href).replace(/\/$/, "");
  if (!paths.has(path)) throw new Error(`${from} links to ${href}, which is not there`);
  return path;
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
  if (isElsewhere(href)) return href;
  const [target = "", fragment] = href.split("#");
  const path = fileOf(target, from, site);
  if (path.endsWith(".svg")) return between(pageOf(from), path);
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

/** Markdown's text without its marks. */
const plainText = (tokens: readonly Token[]): string =>
  tokens.map((token) =>
    "tokens" in token && token.tokens ? plainText(token.tokens) : (token as Tokens.Text).text ?? ""
  ).join("");

/** The headings of a guide, in order; the second of one name gets a number, as code hosts do. */
export function headingsOf({ text }: Pick<Guide, "text">): Heading[] {
  const seen = new Map<string, number>();
  return new Marked().lexer(text)
    .filter((token): token is Tokens.Heading => token.type === "heading")
    .map(({ depth, tokens, text }) => {
      const slug = slugOf(text);
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return { depth, text: plainText(tokens), slug: before === 0 ? slug : `${slug}-${before}` };
    });
}

/** Pictures that guides show or link to, by their paths in the repository. */
export function picturesOf({ path, text }: Guide, site: Site): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+\.svg)\)/g)]
    .filter(([, href]) => !isElsewhere(href!))
    .map(([, href]) => fileOf(href!, path, site));
}

/** The guide as HTML. */
export function bodyOf(guide: Guide, site: Site): string {
  const { path, text } = guide;
  const headings = headingsOf(guide)[Symbol.iterator]();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const { slug } = headings.next().value!;
        const inner = this.parser.parseInline(tokens);
        const anchor = `<a class="anchor" href="#${slug}" aria-label="Link to this heading">#</a>`;
        return `<h${depth} id="${slug}">${inner}${depth > 1 ? anchor : ""}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const link = linkOf(href, path, site);
        return link === undefined
          ? `<span class="source" title="${escapeHtml(href)}">${inner}</span>`
          : `<a href="${escapeHtml(link)}">${inner}</a>`;
      },
      image({ href, text }) {
        const source = between(pageOf(path), fileOf(href, path, site));
        return `<img src="${escapeHtml(source)}" alt="${escapeHtml(text)}">`;
      },
      table(token) {
        const cell = (cell: Tokens.TableCell, tag: string) => {
          const align = cell.align ? ` style="text-align:${cell.align}"` : "";
          return `<${tag}${align}>${this.parser.parseInline(cell.tokens)}</${tag}>`;
        };
        const row = (cells: readonly Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map((one) => cell(one, tag)).join("")}</tr>`;
        return `<div class="wide"><table><thead>${row(token.header, "th")}</thead><tbody>${
          token.rows.map((cells) => row(cells, "td")).join("\n")
        }</tbody></table></div>\n`;
      },
    },
  });
  return marked.parse(text, { async: false });
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
