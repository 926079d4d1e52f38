import { EspalierError } from "@espalier/core";
import { type BenchEngine, commitOf, enginesOf, type Load, watchLoad } from "./environment.ts";
import { type GrowthPoint, type Size, type Sweep, SWEEPS } from "./grow_point.ts";
import { growthChart } from "./growth_chart.ts";
import type { Job } from "./job.ts";
import { median, type Sample } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { type Say, sayIfBusy } from "./progress.ts";
import { imagesPerSecond, startEngine } from "./subjects.ts";
import { formatTable } from "./table.ts";

/** Threads that share each batch: the default of engines. */
const RANKS = 2;

/** What `--grow` writes. */
export interface GrowthReport {
  /** What was timed. */
  readonly commit: string;
  /** Settings and machine. */
  readonly caption: string;
  /** Every size on every engine; where sweeps cross, a size stands in each. */
  readonly points: readonly GrowthPoint[];
}

/** The sizes of all sweeps. */
export function sweepSizes(
  { depth, batch }: Pick<Size, "depth" | "batch">,
): readonly { readonly sweep: Sweep; readonly size: Size }[] {
  const centre = { depth, batch, k: 2, candidates: 8 };
  return (Object.keys(SWEEPS) as Sweep[]).flatMap((sweep) =>
    SWEEPS[sweep].map((value) => ({ sweep, size: { ...centre, [sweep]: value } }))
  );
}

/** Sweeps cross: a size that stands in many is timed once. */
const keyOf = (engine: BenchEngine, size: Size): string => JSON.stringify([engine, size]);

/** All samples of one size on one engine, or why there are none. */
interface Cell {
  readonly engine: BenchEngine;
  readonly job: Job;
  readonly samples: Sample[];
  reason?: string;
}

/** One process at a time: all of them at once would not fit into memory. */
async function sample({ engine, job, samples }: Cell, steps: number): Promise<void> {
  await using owned = new AsyncDisposableStack();
  const subject = (await startEngine({ engine, ranks: RANKS }, owned)).subject(job);
  await subject.measure(1);
  samples.push(await subject.measure(steps));
}

async function measureCells(
  cells: readonly Cell[],
  { rounds, steps, load, say }: Pick<BenchOptions, "rounds" | "steps"> & {
    readonly load: Load;
    readonly say: Say;
  },
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    for (const cell of cells.filter(({ reason }) => reason === undefined)) {
      const { network, batch, k, candidates } = cell.job;
      say(
        `round ${round} of ${rounds}: ${cell.engine}, ${network}, batch ${batch}, K = ${k}, ` +
          `${candidates} candidates`,
      );
      load.look();
      try {
        await sample(cell, steps);
      } catch (error) {
        if (!(error instanceof EspalierError)) throw error;
        cell.reason = error.message;
      }
    }
  }
}

function pointOf({ engine, job, samples, reason }: Cell): Omit<GrowthPoint, "sweep" | keyof Size> {
  if (reason !== undefined) return { engine, imagesPerSecond: null, peakMiB: null, reason };
  const peakMiB = Math.max(...samples.map(({ peakMiB = 0 }) => peakMiB));
  const ms = median(samples.flatMap(({ ms }) => ms));
  return { engine, imagesPerSecond: imagesPerSecond(job, { ms, peakMiB }), peakMiB };
}

/**
 * Time width searches of growing size, each in a process of its own, and write `bench/grow.svg` and
 * `bench/grow.json`. The widest candidates are always drawn, so that sizes differ in nothing else.
 *
 * @param options Steps, rounds, and where the sweeps cross.
 * @param say Told where the work is.
 * @returns The report, as JSON and as text.
 */
export async function grow(
  options: BenchOptions,
  say: Say,
): Promise<{ readonly json: GrowthReport; readonly text: string }> {
  const { depth, batch, rounds, steps } = options;
  const load = watchLoad();
  const sizes = sweepSizes(options);
  const cells = new Map<string, Cell>();
  const engines = await enginesOf(options);
  for (const engine of engines) {
    for (const { size } of sizes) {
      const { depth, ...rest } = size, network = `resnet${depth}`;
      const job: Job = { kind: "search-width", sameWidths: true, network, size: 32, ...rest };
      cells.set(keyOf(engine, size), { engine, job, samples: [] });
    }
  }
  await measureCells([...cells.values()], { ...options, load, say });
  sayIfBusy(say, load);
  const caption = `Width search around ResNet-${depth}, batch ${batch}, K = 2, 8 candidates, ` +
    `${RANKS} ranks; medians of ${rounds * steps} pairs of steps; ${load.describe()}`;
  const points = engines.flatMap((engine) =>
    sizes.map(({ sweep, size }): GrowthPoint => ({
      sweep,
      ...size,
      ...pointOf(cells.get(keyOf(engine, size))!),
    }))
  );
  const report = { commit: await commitOf(), caption, points };
  await Deno.writeTextFile(new URL("grow.json", import.meta.url), JSON.stringify(report, null, 2));
  await Deno.writeTextFile(
    new URL("grow.svg", import.meta.url),
    await growthChart(points, caption),
  );
  return { json: report, text: growthTable(report) };
}

/** A report as text. */
export function growthTable({ caption, points }: GrowthReport): string {
  const show = (value: number | null) => value === null ? "none" : value.toFixed(0);
  const table = formatTable(
    [
      { title: "engine", align: "left" },
      { title: "grows", align: "left" },
      { title: "to", align: "right" },
      { title: "images/s", align: "right" },
      { title: "peak MiB", align: "right" },
    ],
    points.map((point) => [
      point.engine,
      point.sweep,
      `${point[point.sweep]}`,
      show(point.imagesPerSecond),
      show(point.peakMiB),
    ]),
  );
  return `${caption}\n\n${table}`;
}
