import { assertEquals, assertThrows } from "@std/assert";
import {
  type Guide,
  linkOf,
  pageOf,
  referencesOf,
  renderGuide,
  type Site,
  withWayBack,
} from "./docs_pages.ts";
import { readSite } from "./docs_site.ts";
import { packageFolders } from "./workspace.ts";

function guide(path: string, text = ""): Guide {
  return { path, title: path, group: path === "README.md" ? "Guides" : "Packages", text };
}

function siteOf(...guides: readonly Guide[]): Site {
  return {
    guides,
    modules: [{ name: "@espalier/core", file: "core/mod.ts" }],
    paths: new Set([...guides.map(({ path }) => path), "core", "core/mod.ts"]),
  };
}

Deno.test("pageOf() names a page after its folder, or its file", () => {
  const paths = ["README.md", "FEATURES.md", "core/README.md", "plugins/kd/README.md"];
  assertEquals(paths.map(pageOf), ["index.html", "features.html", "core.html", "plugins/kd.html"]);
});

Deno.test("linkOf() leads from page to page, with the fragment", () => {
  const site = siteOf(guide("README.md"), guide("FEATURES.md"), guide("core/README.md"));
  assertEquals(linkOf("FEATURES.md#speed", "README.md", site), "features.html#speed");
  assertEquals(
    linkOf("../core/README.md", "plugins/kd/README.md", {
      ...site,
      paths: new Set(["plugins/core/README.md"]),
      guides: [guide("plugins/core/README.md")],
    }),
    "core.html",
  );
  assertEquals(linkOf("../README.md", "core/README.md", site), "index.html");
  assertEquals(linkOf("core", "README.md", site), "core.html");
  assertEquals(linkOf("core/", "README.md", site), "core.html");
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

Deno.test("renderGuide() rewrites links, names headings and needs nothing from elsewhere", () => {
  const text = "# Core\n\n## What `it` is, now\n\n[root](../README.md), [code](mod.ts)\n";
  const core = guide("core/README.md", text);
  const html = renderGuide(core, siteOf(guide("README.md"), core));
  assertEquals(html.includes('<h2 id="what-it-is-now">What <code>it</code> is, now</h2>'), true);
  assertEquals(html.includes('<a href="index.html">root</a>'), true);
  assertEquals(html.includes('<span class="source" title="mod.ts">code</span>'), true);
  assertEquals(html.includes('<a href="api/core/mod.ts/index.html">@espalier/core</a>'), true);
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

Deno.test("the site has every README of a package, and all links of guides lead somewhere", async () => {
  const site = await readSite();
  const pages = site.guides.map(({ path }) => path);
  const index = renderGuide(site.guides[0]!, site);
  for (const folder of await packageFolders()) {
    const path = folder === "." ? "README.md" : `${folder.replace("./", "")}/README.md`;
    if (!site.paths.has(path)) continue;
    assertEquals(pages.includes(path), true, `${path} is no guide`);
    assertEquals(index.includes(`<a href="${pageOf(path)}"`), true, `${path} is not listed`);
  }
  site.guides.forEach((guide) => renderGuide(guide, site));
});
