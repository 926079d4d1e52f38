/**
 * The run that the campaign breaks: `short_run.ts '{"directory":"…","engine":"wasm","ranks":1}'`. It
 * writes `started` when its work begins, and at the end one line of JSON: a code, or null.
 *
 * @module
 */
import { createPruner, resnet, swap, synthetic, tas, trainingRecipe } from "@espalier/espalier";
import { type EngineName, EspalierError, ofType, useEngine } from "@espalier/espalier";

/** What the run is told. */
export interface ShortRun {
  /** Its folder. */
  readonly directory: string;
  readonly engine: EngineName;
  readonly ranks: number;
  readonly seed?: number;
  /** How far the clock jumps, to and fro, in milliseconds. */
  readonly clockMs?: number;
}

/** Lets the clock jump at every tenth look. */
function disturbClock(jumpMs: number): void {
  const { now } = Date;
  let looks = 0;
  Date.now = () => now() + (Math.floor(looks++ / 10) % 2 === 0 ? jumpMs : -jumpMs);
}

async function main({ directory, engine, ranks, seed = 1, clockMs }: ShortRun): Promise<void> {
  if (clockMs !== undefined) disturbClock(clockMs);
  await useEngine(engine, { ranks });
  const training = { batchSize: 16, epochs: 2, rate: { warmupEpochs: 0, holdEpochs: 0 } };
  const plugins = tas({ recipe: "quick", depth: true, epochs: { search: 2 } });
  await using pruner = createPruner({
    network: resnet({ depth: 8, classes: 4, size: 8 }),
    data: synthetic({ classes: 4, shape: [8, 8, 3], train: 96, test: 16 }),
    budget: { cost: "macs", target: 0.55 },
    plugins: swap(plugins, trainingRecipe({ pretrain: training, train: training })),
  });
  const run = pruner.run({ seed, directory, checkpoint: { steps: 2 } });
  run.events$.pipe(ofType("run:start")).subscribe(() => tell("started"));
  let code: string | null = null;
  try {
    await run.result;
  } catch (error) {
    code = error instanceof EspalierError ? error.code : String(error);
  }
  tell(JSON.stringify(code));
}

function tell(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!));
