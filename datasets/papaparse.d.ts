// The part of papaparse in use. Its own types on npm bring types of Node that hide Deno's.

/** What papaparse made of a text. */
export interface ParseResult {
  readonly data: string[][];
  readonly errors: readonly {
    readonly type: string;
    readonly message: string;
    readonly row?: number;
  }[];
}

declare const Papa: {
  parse(text: string, options: { readonly skipEmptyLines: boolean }): ParseResult;
};
export default Papa;
