import type { SerializedError } from "@espalier/core";
import { type Cell, cellName, type StudyCells } from "../axes/contract.ts";
import { type CellOutcome, rowsOf, type RunOutcome } from "./outcome.ts";
import { deviation, leastP, mean, signFlipP, tInterval } from "./statistics.ts";

/** Numbers of several seeds. */
export interface Summary {
  /** One each, in the order of the seeds that are there. */
  readonly values: readonly number[];
  /** Their mean. */
  readonly mean: number;
  /** Standard deviation, of n − 1 degrees of freedom; absent for fewer than two. */
  readonly deviation?: number;
  /** Holds the true mean with a probability of 95 %, by Student's t; absent for fewer than two. */
  readonly interval?: readonly [low: number, high: number];
}

/** Differences to the baseline, seed by seed. */
export interface Comparison extends Summary {
  /** Name of the cell that it is compared with. */
  readonly with: string;
  /** The seeds that both have. */
  readonly seeds: readonly number[];
  /** Exact two-sided p of no difference, by flips of signs; absent for more than 40 seeds. */
  readonly p?: number;
  /** The least p that so many seeds can give. */
  readonly leastP: number;
  /** Whether the mean costs differ by more than the budget's zone is wide. */
  readonly costDiffers: boolean;
}

/** Time of a cell's runs. */
export interface Spent {
  /** Mean time of a run's search, in seconds; absent where it was not measured. */
  readonly search?: number;
  /** Mean time of all phases of a run, shared ones included, in seconds. */
  readonly run?: number;
  /** Mean of the images that a search passed forward; absent where there was none. */
  readonly images?: number;
}

/** A cell in a table. */
export interface TableRow {
  /** The cell. */
  readonly cell: Cell;
  /** Its name. */
  readonly name: string;
  /** Whether it is compared with nothing, as it is a baseline. */
  readonly isBaseline: boolean;
  /** The metric of the pruned network; absent where every run failed. */
  readonly metric?: Summary;
  /** That of the pruned network trained without transfers; absent where there is none. */
  readonly control?: Summary;
  /** That of the unpruned network. */
  readonly unpruned?: Summary;
  /** Against the baseline; absent for the baseline itself and where no seed is in both. */
  readonly against?: Comparison;
  /** Cost of the pruned network as a share of the unpruned one's. */
  readonly cost?: Summary;
  /** What it took. */
  readonly spent: Spent;
  /** Runs that failed. */
  readonly failed: readonly { readonly seed: number; readonly error: SerializedError }[];
}

/** The cells of a study compared. */
export interface StudyTable {
  /** Name of the metric. */
  readonly metric: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Whether it is a share, 0 to 1. */
  readonly share: boolean;
  /** Name of the cost. */
  readonly cost: string;
  /** The seeds. */
  readonly seeds: readonly number[];
  /** Names of the axes. */
  readonly axes: readonly string[];
  /** A row a cell, in the order of the cells. */
  readonly rows: readonly TableRow[];
}

/** Mean, deviation and interval of numbers; undefined of none. */
function summary(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const interval = tInterval(values);
  return {
    values,
    mean: mean(values),
    ...interval && { deviation: deviation(values), interval },
  };
}

/** Numbers of the runs that were measured. */
const summaryOf = (runs: readonly RunOutcome[], of: (run: RunOutcome) => number | undefined) =>
  summary(runs.flatMap((run) => of(run) ?? []));

const leading = (row: "pruned" | "control" | "unpruned") => ({ report }: RunOutcome) =>
  report && rowsOf(report)[row]?.metrics[report.metric]?.value;

function costShare({ report }: RunOutcome): number | undefined {
  return report && rowsOf(report).pruned.costs[report.budget.cost]! / report.budget.unpruned;
}

/** Width of the zone as a share of the unpruned cost. */
function zoneWidth(runs: readonly RunOutcome[]): number {
  const widths = runs.flatMap(({ report }) =>
    report ? [(report.budget.high - report.budget.low) / report.budget.unpruned] : []
  );
  return Math.max(0, ...widths);
}

function spentBy(runs: readonly RunOutcome[]): Spent {
  const done = runs.filter(({ report }) => report !== undefined);
  const seconds = (takes: (phase: string) => boolean) =>
    summaryOf(done, ({ phases }) => {
      const times = phases.filter(({ phase }) => takes(phase)).map(({ ms }) => ms);
      if (times.length === 0 || times.includes(undefined)) return undefined;
      return times.reduce<number>((sum, ms) => sum + ms!, 0) / 1000;
    })?.mean;
  const search = seconds((phase) => phase === "search");
  const run = seconds(() => true);
  const images = summaryOf(done, ({ report }) => report?.effort?.images)?.mean;
  return {
    ...search !== undefined && { search },
    ...run !== undefined && { run },
    ...images !== undefined && { images },
  };
}

/** A cell against another one, by the seeds that both have. */
function comparison(own: CellOutcome, base: CellOutcome): Comparison | undefined {
  const pairs = own.runs.flatMap((run) => {
    const other = base.runs.find(({ seed }) => seed === run.seed);
    const [here, there] = [leading("pruned")(run), other && leading("pruned")(other)];
    if (here === undefined || there === undefined) return [];
    return [{ seed: run.seed, run, other: other!, difference: here - there }];
  });
  const differences = pairs.map(({ difference }) => difference);
  const summed = summary(differences);
  if (summed === undefined) return undefined;
  const costs = (of: (pair: typeof pairs[number]) => RunOutcome) =>
    mean(pairs.map((pair) => costShare(of(pair))!));
  const apart = Math.abs(costs(({ run }) => run) - costs(({ other }) => other));
  const p = signFlipP(differences);
  return {
    ...summed,
    with: cellName(base.cell),
    seeds: pairs.map(({ seed }) => seed),
    ...p !== undefined && { p },
    leastP: leastP(pairs.length),
    costDiffers: apart > zoneWidth([...own.runs, ...base.runs]),
  };
}

/** Outcomes of the cell that another is compared with; undefined where the filter left it out. */
function baselineOf(
  { cell }: CellOutcome,
  outcomes: readonly CellOutcome[],
  baseline: Cell,
): CellOutcome | undefined {
  const name = cellName({ ...cell, ...baseline });
  return outcomes.find((other) => cellName(other.cell) === name);
}

/**
 * Compare the cells of a study.
 *
 * @param study Its seeds and baseline.
 * @param outcomes What became of its cells.
 * @returns The table.
 */
export function tableOf(
  { seeds, baseline }: Pick<StudyCells, "seeds" | "baseline">,
  outcomes: readonly CellOutcome[],
): StudyTable {
  const reports = outcomes.flatMap(({ runs }) => runs.flatMap(({ report }) => report ?? []));
  const [report] = reports;
  const value = report && rowsOf(report).pruned.metrics[report.metric];
  const isCompared = Object.keys(baseline).length > 0;
  return {
    metric: report?.metric ?? "",
    better: value?.better ?? "higher",
    share: value?.share ?? false,
    cost: report?.budget.cost ?? "",
    seeds,
    axes: Object.keys(outcomes[0]?.cell ?? {}),
    rows: outcomes.map((own) => {
      const base = isCompared ? baselineOf(own, outcomes, baseline) : undefined;
      const metric = summaryOf(own.runs, leading("pruned"));
      const control = summaryOf(own.runs, leading("control"));
      const unpruned = summaryOf(own.runs, leading("unpruned"));
      const cost = summaryOf(own.runs, costShare);
      const against = base && base !== own ? comparison(own, base) : undefined;
      return {
        cell: own.cell,
        name: cellName(own.cell),
        isBaseline: base === own,
        ...metric && { metric },
        ...control && { control },
        ...unpruned && { unpruned },
        ...against && { against },
        ...cost && { cost },
        spent: spentBy(own.runs),
        failed: own.runs.flatMap(({ seed, error }) => error ? [{ seed, error }] : []),
      };
    }),
  };
}
