// deno-lint-ignore-file no-console -- a command
/**
 * `deno task oracle [DIR] [--engine NAME]`: compare with the official implementation's numbers.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type EngineName, useEngine } from "@espalier/engines";
import { verdictsOf } from "../tests/oracle/mod.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string", default: "wasm" }, only: { type: "string", default: "" } },
});
const directory = positionals[0] ?? new URL("../tests/fixtures/tas", import.meta.url).pathname;
const { message } = await useEngine(values.engine as EngineName);
console.log(message);

const counts = { pass: 0, flip: 0, fail: 0, unreadable: 0 };
const files = [...Deno.readDirSync(directory)].map(({ name }) => name)
  .filter((name) => name.endsWith(".json") && name.includes(values.only)).sort();
for (const file of files) {
  for await (const verdict of verdictsOf(`${directory}/${file}`)) {
    counts[verdict.outcome]++;
    if (verdict.outcome === "unreadable") {
      console.log(`unreadable ${file} ${verdict.name ?? ""}: ${verdict.reason}`);
      continue;
    }
    const { outcome, name, compared, worst } = verdict;
    const percent = (worst.excess * 100).toFixed(0);
    console.log(
      `${outcome} ${file} ${name}: ${compared} numbers, worst ${worst.what} off by ` +
        `${worst.error.toExponential(1)} (${percent} % of its tolerance)`,
    );
  }
}
const failed = counts.fail + counts.unreadable;
if (counts.flip > 0) console.log(`${counts.flip} passed with a flipped relu, said above`);
console.log(`${counts.pass + counts.flip} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
