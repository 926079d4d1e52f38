import { importModel, saveModel } from "@espalier/espalier";
import { inputOf } from "@espalier/blueprint";
import { assert, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { PNG } from "pngjs";
import { withFolder } from "../../core/testing.ts";
import { browserTest } from "../../tests/browser_testing.ts";
import type { Browser } from "../../tests/puppeteer.d.ts";
import { servePage } from "./serve.ts";

await tf.setBackend("cpu");

const normalization = { mean: [0.5, 0.5, 0.25], deviation: [0.5, 0.5, 0.25] };

/** A folder as `espalier prune` leaves it, as far as the page reads it. */
async function withRun(fn: (directory: string) => Promise<void>): Promise<void> {
  const url = new URL("../../tests/fixtures/models/teachable_image/model.json", import.meta.url);
  const model = await importModel(url.pathname);
  await withFolder(async (directory) => {
    await saveModel(model, `${directory}/model`);
    const result = { result: { report: { normalization } } };
    await Deno.writeTextFile(`${directory}/result.json`, JSON.stringify(result));
    await fn(directory);
  });
}

/** Names and shares of the classes that the page shows once a file was chosen. */
async function shown(browser: Browser, { url, file }: { url: string; file: string }): Promise<
  [string, number][]
> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForSelector("#state ::-p-text(Ready)");
  await (await page.$("input[type=file]"))!.uploadFile(file);
  await page.waitForSelector("#answers tr");
  return await page.evaluate(
    `[...document.querySelectorAll("#answers tr")].map(({ cells }) =>
      [cells[0].innerText, parseFloat(cells[2].innerText)])`,
  ) as [string, number][];
}

Deno.test("the page's server gives the page's files and no others", () =>
  withRun(async (directory) => {
    await using server = servePage({ directory, classes: ["a"], port: 0 });
    const { port } = server.addr as Deno.NetAddr;
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      const text = await response.text();
      return { status: response.status, text };
    };
    assertMatch((await get("/")).text, /<canvas/);
    assertEquals(JSON.parse((await get("/about.json")).text), { classes: ["a"], ...normalization });
    for (const path of ["/result.json", "/model/../result.json", "/%2e%2e/result.json"]) {
      assertEquals((await get(path)).status, 404);
    }
  }));

browserTest(
  "the page tells what the model says of a picture",
  (browser) =>
    withRun(async (directory) => {
      const model = await importModel(`${directory}/model/model.json`);
      const { shape: [height, width] } = inputOf(model.blueprint);
      const png = new PNG({ width, height });
      for (let i = 0; i < png.data.length; i++) png.data[i] = i % 4 === 3 ? 255 : i * 37 % 251;
      await Deno.writeFile(`${directory}/picture.png`, PNG.sync.write(png));
      const stock = await tf.loadLayersModel({
        load: async () => {
          const json = JSON.parse(await Deno.readTextFile(`${directory}/model/model.json`));
          const { buffer } = await Deno.readFile(`${directory}/model/weights.bin`);
          const [{ weights }] = json.weightsManifest;
          return { modelTopology: json.modelTopology, weightSpecs: weights, weightData: buffer };
        },
      });
      const pixels = Float32Array.from(
        { length: height * width * 3 },
        (_, i) =>
          (png.data[4 * Math.floor(i / 3) + i % 3]! / 255 - normalization.mean[i % 3]!) /
          normalization.deviation[i % 3]!,
      );
      const wanted = tf.tidy(() =>
        (stock.predict(tf.tensor4d(pixels, [1, height, width, 3])) as tf.Tensor).dataSync()
      );
      stock.dispose();
      const classes = Array.from(wanted, (_, i) => `name ${i}`);
      await using server = servePage({ directory, classes, port: 0 });
      const { port } = server.addr as Deno.NetAddr;
      const url = `http://127.0.0.1:${port}/`;
      const rows = await shown(browser, { url, file: `${directory}/picture.png` });
      assertEquals(rows.length, wanted.length);
      for (const [name, share] of rows) {
        const value = 100 * wanted[Number(name.slice(5))]!;
        assert(Math.abs(share - value) < 0.11, `${name}: ${share}, not ${value}`);
      }
      const shares = rows.map(([, share]) => share);
      assertEquals(shares, shares.toSorted((a, b) => b - a));
    }),
);
