/** Finds a browser that runs without a window, for the tests that look at pages. */
// @ts-types="./puppeteer.d.ts"
import puppeteer, { type Browser } from "puppeteer-core";

async function findBrowser(): Promise<string | undefined> {
  const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin"];
  const names = ["chromium", "chromium-browser", "google-chrome"];
  for (const path of names.flatMap((name) => folders.map((folder) => `${folder}/${name}`))) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
}

const executablePath = await findBrowser();

/**
 * A test with a browser; without one it is skipped, and its name says so.
 *
 * @param name What is tested.
 * @param fn The test.
 */
export function browserTest(name: string, fn: (browser: Browser) => Promise<void>): void {
  const suffix = executablePath === undefined ? " (skipped: there is no Chromium)" : "";
  Deno.test({
    name: `${name}${suffix}`,
    ignore: executablePath === undefined,
    async fn() {
      const args = ["--no-sandbox", "--disable-gpu"];
      await using browser = await puppeteer.launch({ executablePath: executablePath!, args });
      await fn(browser);
    },
  });
}
