// The site as a reader has it: opened from a disk, in windows of several widths.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { withFolder } from "../../core/testing.ts";
import { browserTest } from "../../tests/browser_testing.ts";
import type { Browser, Page } from "../../tests/puppeteer.d.ts";
import { readSite } from "./read_site.ts";
import { writeGuides } from "./write_guides.ts";

const site = await readSite();

/** A page of the site of all guides, and where it is. */
function withSite(
  browser: Browser,
  fn: (page: Page, root: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const names = [["gumbelSoftmax", "@espalier/espalier", "api/gumbel.html"]] as const;
    await writeGuides(site, { folder, names });
    const page = await browser.newPage();
    const errors: unknown[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await fn(page, `${pathToFileURL(folder)}/`);
    assertEquals(errors, []);
  });
}

browserTest(
  "no page of docs/ is wider than its window, and pictures load",
  (browser) =>
    withSite(browser, async (page, root) => {
      const guides = site.guides.filter(({ path }) => path.startsWith("docs/"));
      for (const width of [360, 1000, 1500]) {
        await page.setViewport({ width, height: 800 });
        for (const { path } of guides) {
          const name = path === "docs/README.md" ? "index.html" : path.replace(/md$/, "html");
          await page.goto(root + name);
          const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          assert(Number(over) <= 0, `${name} is ${over} pixels wider than ${width}`);
          const lost = "[...document.images].filter((one) => one.naturalWidth === 0).length";
          assertEquals(await page.evaluate(lost), 0, name);
        }
      }
    }),
);

browserTest(
  "the search finds headings and names, and leads there by keys alone",
  (browser) =>
    withSite(browser, async (page, root) => {
      await page.goto(`${root}docs/start.html`);
      await page.keyboard.press("/");
      await page.keyboard.type("gumbelsoft");
      const found = "document.querySelector('#search ol').innerText";
      assertStringIncludes(String(await page.evaluate(found)), "gumbelSoftmax");
      await page.keyboard.press("Escape");
      await page.keyboard.press("/");
      await page.keyboard.type("err_plugin_swap");
      await page.keyboard.press("Enter");
      await page.waitForSelector("h3#err_plugin_swap");
      assertMatch(page.url(), /docs\/errors\.html#err_plugin_swap$/);
      await page.keyboard.press("/");
      await page.keyboard.type("qqq");
      assertEquals(await page.evaluate(found), "Nothing found.");
    }),
);

browserTest(
  "in a narrow window the navigation opens by its button",
  (browser) =>
    withSite(browser, async (page, root) => {
      await page.setViewport({ width: 390, height: 800 });
      await page.goto(`${root}index.html`);
      const isShown = "getComputedStyle(document.querySelector('nav')).display !== 'none'";
      assertEquals(await page.evaluate(isShown), false);
      await page.evaluate("document.getElementById('menu').click()");
      assertEquals(await page.evaluate(isShown), true);
    }),
);
