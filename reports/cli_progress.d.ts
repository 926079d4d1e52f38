// The part of cli-progress in use. Its own types on npm bring types of Node that hide Deno's.

/** A stream as cli-progress uses it. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

/** Options of {@linkcode SingleBar}. */
export interface BarOptions<Payload> {
  readonly stream: OutputStream;
  format(options: unknown, params: { readonly progress: number }, payload: Payload): string;
  readonly linewrap: boolean;
  readonly hideCursor: boolean;
  readonly clearOnComplete: boolean;
  readonly gracefulExit: boolean;
}

/** One bar. */
export class SingleBar<Payload extends object> {
  constructor(options: BarOptions<Payload>);
  readonly isActive: boolean;
  start(total: number, value: number, payload: Payload): void;
  update(value: number, payload: Payload): void;
  stop(): void;
}
