/** Finds a browser that runs without a window, for the tests that look at pages. */
// @ts-types="./puppeteer.d.ts"
import puppeteer, { type Browser } from "puppeteer-core";
import { firstThere } from "./machine_testing.ts";

const FOLDERS = ["/usr/bin", "/usr/local/bin", "/snap/bin"];
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const executablePath = await firstThere(
  NAMES.flatMap((name) => FOLDERS.map((folder) => `${folder}/${name}`)),
);

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
