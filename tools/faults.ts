// deno-lint-ignore-file no-console -- a command's output
/**
 * `deno task faults [--kills N] [--engine wasm|native] [--ranks N] [--seed N]`: breaks a short run in
 * every way that is known, starts it until it is done, and compares it bit by bit with one that nothing
 * broke. The last line is `N passed, N failed`; it ends with 1 if any failed.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { campaign, countsOf, faultTable } from "./faults/campaign.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    engine: { type: "string", default: "wasm" },
    ranks: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
  },
});
const [kills, ranks, seed] = [values.kills, values.ranks, values.seed].map(Number);
const { engine } = values;
if (
  (engine !== "wasm" && engine !== "native") || !(kills! >= 1) || !(ranks! >= 1) || !(seed! >= 0)
) {
  console.error("deno task faults [--kills N] [--engine wasm|native] [--ranks N] [--seed N]");
  Deno.exit(2);
}
const rows = await campaign({
  engine,
  kills: kills!,
  ranks: ranks!,
  seed: seed!,
  say: (text) => console.error(text),
});
const { passed, failed } = countsOf(rows);
console.log(`${faultTable(rows)}\n${passed} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
