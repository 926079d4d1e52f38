/** The parts of a document that the page uses; types of all of it would replace Deno's elsewhere. */

/** A part of the page. */
export interface Part {
  textContent: string;
  innerHTML: string;
  readonly dataset: Record<string, string>;
  readonly value: string;
  readonly files: ArrayLike<Blob>;
  onclick: () => void;
  onchange: () => void;
  append(...parts: Part[]): void;
  replaceChildren(...parts: Part[]): void;
}

interface Document {
  getElementById(id: string): Part;
  createElement(name: string): Part;
}

interface Context2d {
  imageSmoothingQuality: "high";
  drawImage(image: ImageBitmap, ...boxes: readonly number[]): void;
  getImageData(...box: readonly number[]): { readonly data: Uint8ClampedArray };
}

export const { document } = globalThis as unknown as { readonly document: Document };

/** What draws on a new canvas. */
export const context2d = (width: number, height: number): Context2d =>
  new OffscreenCanvas(width, height).getContext("2d") as unknown as Context2d;
