// deno-lint-ignore-file no-console -- a program
// A whole run of TAS by the packed packages, in an empty folder; prints what came of it.
import { createPruner, EspalierError, resnet, synthetic, tas, useEngine } from "@espalier/espalier";
import { equal, match, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";

const { message } = await useEngine();
if (!("Deno" in globalThis)) {
  ok(!/deno/i.test(message), message);
  const refused = await useEngine("native").catch((error) => error);
  ok(refused instanceof EspalierError, String(refused));
  equal(refused.code, "ERR_ENGINE_UNAVAILABLE");
  ok(!/deno/i.test(refused.message), refused.message);
}
await useEngine("wasm");
const pruner = createPruner({
  network: resnet({ depth: 8, classes: 3, size: 8 }),
  data: synthetic({ classes: 3, shape: [8, 8, 3], train: 96, test: 48 }),
  budget: { cost: "macs", target: 0.5 },
  plugins: tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } }),
});
const runs = "deno" in process.versions ? "deno" : process.version;

/** The run, and which of its phases were there already. */
async function run(name) {
  const { events$, result } = pruner.run({ seed: 1, directory: `${runs}/${name}` });
  const cached = [];
  events$.subscribe((event) => event.type === "phase:end" && cached.push(event.cached));
  return { ...await result, cached };
}

const { report, model, cached } = await run("one");
const shares = report.rows.map(({ costs }) => costs.macs / report.rows[0].costs.macs);
const share = shares.at(-1);
ok(share > 0.47 && share < 0.53, `shares ${shares}`);
match(await readFile(`${model.path}/model.json`, "utf8"), /"modelTopology"/);
ok(!cached.some(Boolean), `cached: ${cached}`);
const again = await run("two");
ok(again.cached.filter(Boolean).length > 4, `cached: ${again.cached}`);
console.log(`${cached.length} phases, a share of ${share.toFixed(3)}`);
