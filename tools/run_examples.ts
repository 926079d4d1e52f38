/**
 * Runs the examples, each in a fresh folder, and fails if one of them does. Words narrow it down:
 * `deno task examples phase plot`.
 */
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import { fileURLToPath } from "node:url";

const folder = new URL("../examples/", import.meta.url);
const config = fileURLToPath(new URL("../deno.json", import.meta.url));

async function names(words: readonly string[]): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const paper = await Array.fromAsync(
    Deno.readDir(new URL("paper/", folder)),
    ({ name }) => `paper/${name}`,
  );
  return [...files, ...paper]
    .filter((name) => /^(\d\d_\w+|paper\/(table|figure)\d)\.ts$/.test(name))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort();
}

async function runExample(name: string): Promise<boolean> {
  const cwd = await Deno.makeTempDir({ prefix: "espalier-example-" });
  const start = performance.now();
  console.log(`\n── ${name}`);
  try {
    const file = fileURLToPath(new URL(name, folder));
    const args = ["run", "--allow-all", "--no-check", "--config", config, file, "--quick"];
    const { success } = await new Deno.Command(Deno.execPath(), { args, cwd }).spawn().status;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`── ${name} ${success ? "ok" : "FAILED"} (${seconds} s)`);
    return success;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

const failed: string[] = [];
for (const name of await names(Deno.args)) {
  if (!await runExample(name)) failed.push(name);
}
console.log(failed.length === 0 ? "\nAll examples ran." : `\nFailed: ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);
