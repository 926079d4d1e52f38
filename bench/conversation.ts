import { EspalierError } from "@espalier/core";

/** The lines of a byte stream. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** A process that answers each line of JSON with one; a line `{ error }` says why it cannot. */
export class Conversation implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #stderr: Promise<string>;

  /**
   * Start the process.
   *
   * @param command Path of the program.
   * @param args Its arguments; the first names it in errors.
   */
  constructor(command: string, args: readonly string[]) {
    this.#name = [command, ...args].join(" ");
    this.#child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /** Wait for the next line. */
  async hear<Answer>(): Promise<Answer> {
    const { done, value } = await this.#lines.next();
    if (done) throw this.#failure((await this.#stderr).trim().split("\n").slice(-5).join("\n"));
    const answer = JSON.parse(value) as Answer & { readonly error?: string };
    if (answer.error !== undefined) throw this.#failure(answer.error);
    return answer;
  }

  /** Say something, and wait for the answer. */
  async ask<Answer>(request: object): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return await this.hear<Answer>();
  }

  #failure(reason: string): EspalierError {
    return new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot time as every process must answer: ${this.#name} said\n${reason}\n` +
        `Start it by hand to see more.`,
    );
  }

  /** End the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended, or not have read all: neither matters any more.
    await this.#writer.close().catch(() => {});
    await this.#lines.return(undefined);
    await Promise.all([this.#child.status, this.#stderr]);
  }
}
