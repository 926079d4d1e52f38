/**
 * A study and its workers on a queue as a program, for the tests of this package:
 * `program_testing.ts study|worker FOLDER REDIS [other]`. With `other`, a worker computes something else.
 */
import { stopOnSignal } from "@espalier/reports";
import { factoriesOf, type Registry, studyFromData } from "@espalier/studies";
import { channelCost, DATA, stemSpace, TOY } from "../core/testing.ts";
import { CONFIG, counting, greedy, thorough, tune } from "../studies/testing.ts";
import { bullmqFleet, workOnQueue } from "./mod.ts";

const [role, directory, redis, other] = Deno.args as [string, string, string, string?];

const registry: Registry = {
  plugin: factoriesOf({ greedy, thorough, tune, stemSpace, channelCost }),
  network: { toy: () => other ? { ...TOY, name: other } : TOY },
  data: { toy: () => DATA },
  base: { plain: () => CONFIG.base },
  phase: Object.fromEntries(counting(directory).phases.map((phase) => [phase.name, () => phase])),
};
const data = {
  network: "toy",
  data: "toy",
  budgets: CONFIG.budgets,
  base: "plain",
  seeds: [1, 2],
  axes: {
    strategy: { greedy: "greedy", thorough: { use: "thorough", options: { gain: 0.1 } } },
    tuning: { no: [], yes: [{ use: "tune", options: { gain: 0.05 } }] },
  },
  baseline: { strategy: "greedy" },
  phases: ["teach", "count", "find", "evaluate"],
};
const write = (value: unknown) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
const queue = "test";

await stopOnSignal(async (signal) => {
  if (role === "worker") {
    // Read once a line is there, as an answer for whoever waits for this worker.
    const tell = (line: string) => write({ type: "told", line });
    return await workOnQueue({ queue, redis, directory, registry, signal, tell, lockMs: 2000 });
  }
  const study = await studyFromData(data, { registry });
  const fleet = role === "study" ? bullmqFleet({ queue, redis, study: data }) : undefined;
  const run = study.run({ directory, signal, ...fleet ? { fleet } : { workers: 0 } });
  run.events$.subscribe(write);
  write({ table: (await run.result).table });
});
