/** What the test of the page uses of puppeteer-core, whose own types bring those of Node. */
interface Page {
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  $(selector: string): Promise<{ uploadFile(path: string): Promise<void> } | null>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
}

interface Browser extends AsyncDisposable {
  newPage(): Promise<Page>;
}

declare const puppeteer: {
  launch(
    options: { readonly executablePath: string; readonly args: readonly string[] },
  ): Promise<Browser>;
};
export default puppeteer;
