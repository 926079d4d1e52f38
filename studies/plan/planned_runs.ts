import { EspalierError, sha256 } from "@espalier/core";
import type { PlannedRun } from "@espalier/core/run";
import { useEngine } from "@espalier/engines";
import { createPruner } from "@espalier/pruning";
import { type Cell, cellName, type EngineChoice, type StudyCells } from "../axes/contract.ts";

/**
 * A run of a study: a cell with a seed.
 *
 * @typeParam C The cells.
 */
export interface PlannedCellRun<C extends Cell = Cell> extends PlannedRun {
  /** The cell. */
  readonly cell: C;
  /** The seed. */
  readonly seed: number;
  /** Name of the run's folder. */
  readonly folder: string;
}

/** Put the name of the cell at the end of what its configuration threw. */
function ofCell(error: unknown, cell: Cell): unknown {
  if (!(error instanceof EspalierError)) return error;
  const { code, message, plugin } = error;
  return new EspalierError(
    code,
    `${message} It is cell "${cellName(cell)}" of the study; its filter can leave it out.`,
    { ...plugin !== undefined && { plugin }, cause: error },
  );
}

/** Choose the engine of a cell, if it says one. */
export async function chooseEngine(engine: EngineChoice | undefined): Promise<void> {
  if (engine === undefined) return;
  const { name, ...options } = engine;
  await useEngine(name, options);
}

const LONGEST_NAME = 60;

/** Name of a run's folder: readable, and another one where the configuration is another. */
async function folderOf(cell: Cell, { seed, digest }: { seed: number; digest: string }) {
  const readable = Object.values(cell).join("-").replace(/[^A-Za-z0-9_]+/g, "-")
    .slice(0, LONGEST_NAME).replace(/^-+|-+$/g, "");
  const hash = await sha256(`${cellName(cell)} ${digest}`);
  return `${readable || "cell"}-${hash.slice(0, 8)}-seed${seed}`;
}

/** All runs of a study, seed by seed. */
export async function plannedRuns<C extends Cell>(
  study: StudyCells<C>,
): Promise<readonly PlannedCellRun<C>[]> {
  const runs: PlannedCellRun<C>[] = [];
  for (const cell of study.cells) {
    const { engine, cell: _, ...config } = study.variant(cell);
    await chooseEngine(engine);
    try {
      await using pruner = createPruner(config);
      for (const seed of study.seeds) {
        const planned = await pruner.plan({ seed });
        runs.push({ ...planned, cell, seed, folder: await folderOf(cell, { seed, ...planned }) });
      }
    } catch (error) {
      throw ofCell(error, cell);
    }
  }
  const order = (seed: number) => study.seeds.indexOf(seed);
  return runs.toSorted((a, b) => order(a.seed) - order(b.seed));
}
