import { withFolder } from "../core/testing.ts";
import { assertEquals } from "@std/assert";

const SCRIPT = `
import { createPruner, createStudy, readJournal, uniform, useEngine } from "@espalier/espalier";
import { tas } from "@espalier/espalier";
import { loadModel } from "@espalier/supernet";
import { toyData, toyNetwork } from "@espalier/testing";

const [engine, directory] = Deno.args;
await useEngine(engine, { ranks: 1 });
await using pruner = createPruner({
  network: toyNetwork(),
  data: toyData(),
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
  plugins: tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } }),
});
for (const start of ["new", "again"]) await pruner.run({ directory }).result;
const ends = (await readJournal(directory)).filter(({ type }) => type === "phase:end");
(await loadModel(directory + "/model")).dispose();
const study = createStudy({
  network: toyNetwork(),
  data: toyData(),
  budgets: [{ cost: "macs", target: 0.6, tolerance: 0.2 }],
  base: tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } }),
  seeds: [1],
  axes: { strategy: { uniform: uniform() } },
});
const { table } = await study.run({ directory: directory + "-study" }).result;
if (table.rows[0].metric.values.length !== 1) throw new Error("the study measured nothing");
console.log("cached", ends.map(({ cached }) => Number(cached)).join(""));
`;

// The smallest flags of the engines that are there everywhere, as FEATURES.md states them.
for (const engine of ["wasm", "cpu"]) {
  Deno.test(`with --allow-read and --allow-write of one folder a run starts, goes on and is read: ${engine}`, () =>
    withFolder(async (path) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--no-check", "--allow-read", `--allow-write=${path}`],
          ...["-", engine, `${path}/run`],
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(SCRIPT));
      await writer.close();
      const { stdout, stderr } = await child.output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assertEquals(lines.at(-1), "cached 00000001111111", new TextDecoder().decode(stderr));
    }));
}
