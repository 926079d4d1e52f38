// deno-lint-ignore-file no-console -- a command
/**
 * `deno task test [FILTER …]`: all tests and documentation examples; the last line is
 * `N passed, N failed`, and `, N skipped` behind it if some were. Properties draw from seed 1, so that
 * a revision passes or fails whenever it is tested; `PROPERTY_SEED=N` draws from another one.
 *
 * @module
 */
import { countsOf, summaryOf } from "./counts.ts";

/** Everything that a stream brings, which is passed on as it comes. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const writer = Deno.stdout.writable.getWriter();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    await writer.write(chunk);
  }
  writer.releaseLock();
  return text;
}

const seed = Deno.env.get("PROPERTY_SEED") ?? "1";
const path = await Deno.makeTempFile({ suffix: ".xml" });
const child = new Deno.Command(Deno.execPath(), {
  args: [
    ...["test", "--allow-all", "--no-check", "--parallel", "--doc", ...Deno.args],
    ...[`--junit-path=${path}`, `--preload=${import.meta.resolve("./property_seed.ts")}`],
  ],
  env: {
    PROPERTY_SEED: seed,
    DENO_JOBS: String(navigator.hardwareConcurrency),
    ...(Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {}),
  },
  stdout: "piped",
}).spawn();
const output = await passOn(child.stdout);
const { code, success } = await child.status;
const report = await Deno.readTextFile(path);
await Deno.remove(path);
console.log(summaryOf(countsOf({ report, output, success })));
Deno.exit(code);
