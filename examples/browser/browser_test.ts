import { assert, assertEquals, assertMatch } from "@std/assert";
import { gzipSync } from "node:zlib";
import { PNG } from "pngjs";
import { withFolder } from "../../core/testing.ts";
import { browserTest } from "../../tests/browser_testing.ts";
import { bundlePage, servePage } from "./serve.ts";

/** Most bytes that a page loads before anything is drawn, gzipped. */
const MOST_BYTES = 600_000;

/** A picture of 40×40 pixels whose red or blue is bright. */
async function writePicture(path: string, { bright, seed }: { bright: 0 | 2; seed: number }) {
  const png = new PNG({ width: 40, height: 40 });
  for (let i = 0; i < png.data.length; i++) {
    const noise = (i * 37 + seed * 101) % 90;
    png.data[i] = i % 4 === 3 ? 255 : noise + (i % 4 === bright ? 150 : 20);
  }
  await Deno.writeFile(path, PNG.sync.write(png));
}

Deno.test("the browser entry reaches no module of Node, and is small", () =>
  withFolder(async (folder) => {
    await bundlePage(folder);
    const sizes: Record<string, number> = {};
    for await (const { name } of Deno.readDir(folder)) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      assert(!/(from|import\()\s*["'`]node:[a-z]/.test(text), name);
      sizes[name] = gzipSync(text, { level: 9 }).length;
    }
    const script = await Deno.readTextFile(`${folder}/page.js`);
    const first = Object.keys(sizes).filter((name) =>
      name === "page.js" || new RegExp(`(from|import)"\\./${name}"`).test(script)
    );
    const bytes = first.reduce((sum, name) => sum + sizes[name]!, 0);
    assert(bytes < MOST_BYTES, `${bytes} bytes: ${JSON.stringify(sizes)}`);
  }));

browserTest(
  "a page prunes a network on the visitor's pictures, and keeps what was made",
  (browser) =>
    withFolder(async (folder) => {
      await bundlePage(folder);
      await using server = servePage(folder, { port: 0 });
      const picture = (kind: string, seed: number) => `${folder}/${kind}${seed}.png`;
      for (const [kind, bright] of [["a", 0], ["b", 2]] as const) {
        for (let seed = 0; seed < 13; seed++) {
          await writePicture(picture(kind, seed), { bright, seed });
        }
      }
      const page = await browser.newPage();
      const text = (selector: string) =>
        page.evaluate(`document.querySelector("${selector}").textContent`) as Promise<string>;
      const pruned = async (): Promise<string> => {
        await page.goto(`http://127.0.0.1:${server.addr.port}/`);
        await page.waitForSelector("#state ::-p-text(Ready)");
        for (const kind of ["a", "b"]) {
          const files = Array.from({ length: 12 }, (_, seed) => picture(kind, seed));
          await (await page.$(`#files-${kind}`))!.uploadFile(...files);
        }
        await (await page.$("#go"))!.click();
        await page.waitForSelector("#state[data-over]", { timeout: 120_000 });
        return await text("#state");
      };
      assertMatch(await pruned(), /^Done in .* s; 0 of \d phases were there\.$/);
      const [, share] = /\((\d+\.\d) %\)$/.exec(
        await text("#numbers tr:nth-child(3) td:last-child"),
      )!;
      assert(Number(share) > 45 && Number(share) < 55, share);
      assertMatch(await text("#widths svg"), /resnet8/);
      // Neither network has seen this one.
      await (await page.$("#try"))!.uploadFile(picture("a", 12));
      await page.waitForSelector("#answers tr");
      const answers = await page.evaluate(
        `[...document.querySelectorAll("#answers tr:first-child td")].map((td) => td.textContent)`,
      ) as string[];
      assertEquals(answers[0], "first");
      for (const answer of answers.slice(1)) assert(parseFloat(answer) > 50, answers.join());
      const [, there, all] = /; (\d) of (\d) phases/.exec(await pruned())!;
      assert(Number(there) >= 5 && Number(all) - Number(there) <= 1, `${there} of ${all}`);
    }),
);
