// deno-lint-ignore-file no-console -- a command
/**
 * `deno task test [FILTER …]`: all tests and documentation examples; the last line is
 * `N passed, N failed`.
 *
 * @module
 */
const report = await Deno.makeTempFile({ suffix: ".xml" });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "--allow-all",
    "--no-check",
    "--parallel",
    "--doc",
    `--junit-path=${report}`,
    ...Deno.args,
  ],
  env: { DENO_JOBS: String(navigator.hardwareConcurrency) },
}).spawn().status;
const text = await Deno.readTextFile(report);
await Deno.remove(report);
const count = (name: string) => Number(text.match(new RegExp(`${name}="(\\d+)"`))?.[1] ?? 0);
const wrong = count("failures") + count("errors");
// a module that does not load fails the run without failing a test
const failed = Math.max(wrong, code === 0 ? 0 : 1);
console.log(`${count("tests") - wrong - count("disabled")} passed, ${failed} failed`);
Deno.exit(code);
