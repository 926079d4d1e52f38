/** What the studies of the paper have in common, and how one is run from a terminal. */
// deno-lint-ignore-file no-console -- programs that talk to their terminal
import {
  type Cell,
  cifar100,
  ofType,
  planText,
  resnet,
  stopOnSignal,
  type Study,
  studyMarkdown,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";
import { parseArgs } from "node:util";

const { values: asked } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    plan: { type: "boolean", default: false },
    workers: { type: "string" },
    cifar100: { type: "string", default: "cifar-100-binary" },
  },
});

// One rank each: as many workers as processors give more than ranks that wait for one another.
await useEngine("auto", { ranks: 1 });

/** ResNet-32 on CIFAR-100 at about 40 % fewer multiply-adds; in minutes, something like it. */
export const SETTING = asked.quick
  ? {
    network: resnet({ depth: 8, classes: 4, size: 8 }),
    data: synthetic({ classes: 4, shape: [8, 8, 3], train: 256, test: 128, noise: 1 }),
    base: tas({ recipe: "quick", epochs: { pretrain: 2, search: 1, train: 2 } }),
    budgets: [{ cost: "macs", target: 0.6 }],
    seeds: [1, 2],
  }
  : {
    network: resnet({ depth: 32, classes: 100 }),
    data: await cifar100({ directory: asked.cifar100 }),
    base: tas({ recipe: "paper" }),
    budgets: [{ cost: "macs", target: 0.6 }],
    seeds: [1, 2, 3],
  };

/** Run a study, or tell what it would do, as the words on the command line say. */
export async function runFromTerminal<C extends Cell>(
  study: Study<C>,
  name: string,
): Promise<void> {
  const directory = `runs/paper/${name}${asked.quick ? "-quick" : ""}`;
  console.log(planText(await study.plan({ directory })));
  if (asked.plan) return;
  const workers = asked.workers === undefined ? undefined : Number(asked.workers);
  await stopOnSignal(async (signal) => {
    const run = study.run({ directory, workers, signal });
    run.events$.pipe(ofType("study/run-end")).subscribe(({ cell, seed }) =>
      console.log(`${Object.values(cell).join(", ")}, seed ${seed}: done`)
    );
    console.log(`\n${studyMarkdown((await run.result).table)}${directory}/study.html`);
  });
}
