/** What tests do with a part of a page. */
interface Element {
  uploadFile(...paths: string[]): Promise<void>;
  click(): Promise<void>;
}

/** What tests in a browser use of puppeteer-core, whose own types bring those of Node. */
export interface Page {
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string, options?: { readonly timeout: number }): Promise<unknown>;
  $(selector: string): Promise<Element | null>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  on(event: "pageerror" | "request", use: (about: unknown) => void): void;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  url(): string;
}

export interface Browser extends AsyncDisposable {
  newPage(): Promise<Page>;
}

declare const puppeteer: {
  launch(
    options: { readonly executablePath: string; readonly args: readonly string[] },
  ): Promise<Browser>;
};
export default puppeteer;
