import process from "node:process";
import * as core from "@espalier/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createProgram } from "../../cli/program.ts";
import { deadReferences } from "./dead_links.ts";
import { renderGuide } from "./layout.ts";
import { PAGES } from "./list.ts";
import {
  apiPageOf,
  type Guide,
  headingsOf,
  linkOf,
  pageOf,
  picturesOf,
  referencesOf,
  type Site,
  withWayBack,
} from "./pages.ts";
import { drawPictures } from "./pictures/draw.ts";
import { readSite } from "./read_site.ts";
import { renderGuides } from "./write_guides.ts";
import { packageFolders, readPackage } from "../workspace.ts";

function guide(path: string, text = ""): Guide {
  return { path, title: path, group: path === "README.md" ? "Start" : "Packages", text };
}

function siteOf(...guides: readonly Guide[]): Site {
  return {
    guides,
    modules: [{ name: "@espalier/core", file: "core/mod.ts" }],
    paths: new Set([...guides.map(({ path }) => path), "core", "core/mod.ts", "docs/a.svg"]),
  };
}

const site = await readSite();

Deno.test("apiPageOf() is where Deno writes the page of a module", () => {
  assertEquals(["mod.ts", "browser.ts", "core/run/mod.ts"].map((file) => apiPageOf({ file })), [
    "api/index.html",
    "api/browser/index.html",
    "api/core/run/mod.ts/index.html",
  ]);
});

Deno.test("pageOf() names a page after its folder, or its file", () => {
  const paths = ["docs/README.md", "README.md", "docs/start.md", "core/README.md"];
  assertEquals(paths.map(pageOf), ["index.html", "readme.html", "docs/start.html", "core.html"]);
});

Deno.test("linkOf() leads from page to page, with the fragment", () => {
  const site = siteOf(guide("README.md"), guide("FEATURES.md"), guide("core/README.md"));
  assertEquals(linkOf("FEATURES.md#speed", "README.md", site), "features.html#speed");
  assertEquals(linkOf("../README.md", "core/README.md", site), "readme.html");
  assertEquals(linkOf("core", "README.md", site), "core.html");
  assertEquals(linkOf("core/", "README.md", site), "core.html");
  assertEquals(linkOf("../core/README.md", "docs/README.md", site), "core.html");
  assertEquals(linkOf("../core/README.md#a", "docs/start.md", site), "../core.html#a");
});

Deno.test("linkOf() leaves links to elsewhere, and those within the page", () => {
  const site = siteOf(guide("README.md"));
  assertEquals(linkOf("https://deno.com", "README.md", site), "https://deno.com");
  assertEquals(linkOf("#speed", "README.md", site), "#speed");
});

Deno.test("linkOf() has no link for a file that is no guide, and refuses one that is not there", () => {
  const site = siteOf(guide("core/README.md"));
  assertEquals(linkOf("mod.ts", "core/README.md", site), undefined);
  assertThrows(
    () => linkOf("gone.ts", "core/README.md", site),
    Error,
    "core/README.md links to gone.ts",
  );
});

Deno.test("headingsOf() gives the second heading of one name a number", () => {
  const headings = headingsOf({ text: "# A `b`, *c*\n\n## Files\n\ntext\n\n## Files\n" });
  assertEquals(headings.map(({ text, slug }) => [text, slug]), [
    ["A b, c", "a-b-c"],
    ["Files", "files"],
    ["Files", "files-1"],
  ]);
});

Deno.test("renderGuide() rewrites links, names headings and needs nothing from elsewhere", () => {
  const text = "# Core\n\n## What `it` is, now\n\n[root](../README.md), [code](mod.ts)\n" +
    "\n## More\n\n![A drawing](../docs/a.svg)\n";
  const core = guide("core/README.md", text);
  const site = siteOf(guide("README.md"), core);
  const html = renderGuide(core, site);
  for (
    const part of [
      '<h2 id="what-it-is-now">What <code>it</code> is, now<a class="anchor"',
      '<a href="readme.html">root</a>',
      '<span class="source" title="mod.ts">code</span>',
      '<a href="api/core/mod.ts/index.html">@espalier/core</a>',
      '<li class="h2"><a href="#more">More</a></li>',
      '<img src="docs/a.svg" alt="A drawing">',
      '<a rel="prev" href="readme.html">← README.md</a>',
    ]
  ) assert(html.includes(part), part);
  assertEquals(picturesOf(core, site), ["docs/a.svg"]);
  assertEquals(/(?:src|href)="(?:https?:)?\/\//.test(html), false);
});

Deno.test("withWayBack() adds a link to the guides and names the module", () => {
  const bar = '<div class="flex items-center gap-2"></div>';
  const html = withWayBack(`${bar}from &quot;core/mod.ts&quot;`, "api/core/mod.ts/index.html", [
    { name: "@espalier/core", file: "core/mod.ts" },
  ]);
  assertEquals(referencesOf(html), ["../../../index.html"]);
  assertEquals(html.endsWith("from &quot;@espalier/core&quot;"), true);
  assertThrows(() => withWayBack("", "api/index.html", []), Error, "api/index.html has no place");
});

Deno.test("deadReferences() finds pages and headings that are not there", () => {
  const pages = new Map([
    ["index.html", '<a href="docs/a.html#b"> <a href="docs/c.html"> <a href="#d"> <a href="e">'],
    ["docs/a.html", '<h2 id="b"> <a href="../index.html"> <a href="a.html#x"> <img src="f.svg">'],
  ]);
  assertEquals(deadReferences(pages, (path) => path === "docs/f.svg"), [
    "index.html: docs/c.html",
    "index.html: #d",
    "index.html: e",
    "docs/a.html: a.html#x",
  ]);
});

Deno.test("the site has every README of a package and every page of docs/, each once", async () => {
  const pages = site.guides.map(({ path }) => path);
  const written = [...site.paths].filter((path) => /^docs\/.*\.md$/.test(path));
  const folders = (await packageFolders()).map((folder) => folder.replace("./", ""));
  const readmes = folders.map((folder) => folder === "." ? "README.md" : `${folder}/README.md`);
  for (const path of [...written, ...readmes.filter((path) => site.paths.has(path))]) {
    assertEquals(pages.filter((page) => page === path).length, 1, `${path} is no page`);
  }
});

Deno.test("the first page leads to every page of docs/ and of the reference", () => {
  const index = site.guides.find(({ path }) => path === "docs/README.md")!;
  const { Start, Concepts, "How to": howTo, Reference } = PAGES;
  const links = [...index.text.matchAll(/\]\(([^)]+)\)/g)].map(([, href]) =>
    linkOf(href!, index.path, site)
  );
  for (const path of Object.keys({ ...Start, ...Concepts, ...howTo, ...Reference })) {
    if (path !== index.path) assert(links.includes(pageOf(path)), `there is no link to ${path}`);
  }
});

Deno.test("all links of guides lead to a page, and to a heading of it", () => {
  const made = new Set(["style.css", "search.js", "search_index.js"]);
  const pictures = new Set(site.guides.flatMap((guide) => picturesOf(guide, site)));
  const isThere = (path: string) => made.has(path) || pictures.has(path) || path.startsWith("api/");
  assertEquals(deadReferences(renderGuides(site), isThere), []);
});

Deno.test("pictures are as they are drawn: `deno task docs:pictures` draws them anew", async () => {
  for (const [path, picture] of drawPictures()) {
    assert(await Deno.readTextFile(path) === picture, `${path} is out of date`);
  }
});

Deno.test("every block of TypeScript in guides runs", () => {
  for (const { path, text } of site.guides) {
    assertEquals(text.match(/^```(?:ts|js|typescript|javascript|tsx?) \w+/gm), null, path);
  }
});

Deno.test("docs/plugins.md has a plugin of each contract, with its checks", () => {
  const { text } = site.guides.find(({ path }) => path === "docs/plugins.md")!;
  const tokens = Object.keys(core).filter((name) => name.endsWith("Token") && /^[A-Z]/.test(name));
  assert(tokens.length >= 13);
  for (const token of tokens) assert(text.includes(`context.provide(${token}, `), token);
});

Deno.test("docs/runs.md tells of every event of core, and of no other", async () => {
  const source = await Deno.readTextFile("core/events.ts");
  const { text } = site.guides.find(({ path }) => path === "docs/runs.md")!;
  const events = [...source.matchAll(/readonly type: "([a-z:-]+)"/g)].map(([, type]) => type!);
  const named = [...text.matchAll(/`((?:run|phase|train|search|derive|evaluate):[a-z-]+)`/g)];
  assert(events.length > 20);
  assertEquals([...new Set(named.map(([, type]) => type!))].sort(), [...new Set(events)].sort());
});

/** Words of commands in blocks for a shell, without comments. */
function commandsIn({ text }: Guide): string[][] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!.split("\n").map((line) => line.replace(/ #.*/, "").trim().split(/\s+/))
  );
}

Deno.test("commands in guides are tasks, and commands of espalier with options that it has", async () => {
  const { tasks } = await readPackage(".") as unknown as { tasks: Record<string, string> };
  const program = createProgram({ stdout: process.stdout, stderr: process.stderr } as never);
  const commands = new Map(program.commands.map((command) => [command.name(), command]));
  const said = site.guides.flatMap((guide) =>
    commandsIn(guide).map((words) => ({ words, where: guide.path }))
  );
  let checked = 0;
  for (const { words, where } of said) {
    const at = words.indexOf("task");
    if (at < 0) continue;
    const [name = "", command = "", part = "", ...rest] = words.slice(at + 1);
    const args = [part, ...rest];
    assert(Object.hasOwn(tasks, name), `${where}: there is no task "${name}"`);
    checked++;
    if (name !== "espalier") continue;
    const whole = commands.get(command);
    const known = whole?.commands.find((inner) => inner.name() === part) ?? whole;
    assert(known !== undefined, `${where}: espalier has no command "${command}"`);
    for (const option of args.filter((arg) => arg.startsWith("--"))) {
      const has = known.options.some(({ long }) => long === option.split("=")[0]);
      assert(has, `${where}: espalier ${command} has no option "${option}"`);
    }
  }
  assert(checked > 30, `${checked} commands were found`);
});
