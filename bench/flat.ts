import { type BenchEngine, commitOf, enginesOf, watchLoad } from "./environment.ts";
import type { Job } from "./job.ts";
import { measureInTurn } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { type Say, sayIfBusy, turnTeller } from "./progress.ts";
import { startEngine } from "./subjects.ts";
import { formatTable } from "./table.ts";

/** Candidates of a layer and K; the first is what the others are compared with. */
const POINTS = [
  { candidates: 8, k: 2 },
  { candidates: 4, k: 2 },
  { candidates: 16, k: 2 },
  { candidates: 8, k: 4 },
  { candidates: 8, k: 8 },
] as const;

/** Time of a pair of steps, and how it compares. */
export interface FlatCell {
  /** Median of a weights step plus an architecture step. */
  readonly msPerPair: number;
  /** Over that of 8 candidates and K = 2. */
  readonly ratio: number;
}

/** One number of candidates and one K on one engine. */
export interface FlatRow {
  /** On what. */
  readonly engine: BenchEngine;
  /** Candidates of each layer. */
  readonly candidates: number;
  /** K. */
  readonly k: number;
  /** Where the widest candidate is always drawn: all rows run the same convolutions. */
  readonly sameWidths: FlatCell;
  /** As the search draws: of more candidates a wider one runs. */
  readonly asDrawn: FlatCell;
}

/** What `--flat --json` prints. */
export interface FlatReport {
  /** The fastest engine that was timed. */
  readonly engine: BenchEngine;
  /** What that computes on. */
  readonly device: string;
  /** What was timed. */
  readonly commit: string;
  /** Every point on every engine. */
  readonly rows: readonly FlatRow[];
}

/** A report, and the line above its table. */
export interface FlatResult {
  /** As JSON. */
  readonly report: FlatReport;
  /** Settings and machine. */
  readonly caption: string;
}

/**
 * Rows of the times that were measured.
 *
 * @param engine On what.
 * @param ms Medians by point: first those of the same widths, then those as drawn.
 * @returns A row a point.
 */
export function flatRows(engine: BenchEngine, ms: readonly number[]): FlatRow[] {
  const cell = (first: number, i: number): FlatCell => ({
    msPerPair: ms[first + i]!,
    ratio: ms[first + i]! / ms[first]!,
  });
  return POINTS.map((point, i) => ({
    engine,
    ...point,
    sameWidths: cell(0, i),
    asDrawn: cell(POINTS.length, i),
  }));
}

/**
 * Time a pair of steps of the width search over the number of candidates and over K.
 *
 * @param options Network, steps and rounds.
 * @param say Told where the work is.
 * @returns What was measured.
 */
export async function flat(options: BenchOptions, say: Say): Promise<FlatResult> {
  const { network, size, batch, rounds, steps } = options;
  const jobs = [true, false].flatMap((sameWidths) =>
    POINTS.map((point): Job => ({
      ...{ kind: "search-width", network, size, batch, sameWidths, ...point },
    }))
  );
  const load = watchLoad();
  const rows: FlatRow[] = [];
  const devices: string[] = [];
  const engines = await enginesOf(options);
  for (const engine of engines) {
    await using owned = new AsyncDisposableStack();
    const { device, subject } = await startEngine({ engine, ranks: 1 }, owned);
    const subjects = jobs.map((job) => ({
      ...subject(job),
      name: `${engine}, ${job.candidates} candidates, K = ${job.k}` +
        (job.sameWidths ? ", same widths" : ""),
    }));
    const onTurn = turnTeller(say, { rounds, load });
    const measured = await measureInTurn(subjects, { ...options, onTurn });
    rows.push(...flatRows(engine, measured.map(({ ms }) => ms)));
    devices.push(device);
  }
  sayIfBusy(say, load);
  const caption = `${network}, batch ${batch}; medians of ${rounds * steps} pairs of steps, ` +
    `all in turn; ${load.describe()}`;
  const commit = await commitOf();
  return { report: { engine: engines[0]!, device: devices[0]!, commit, rows }, caption };
}

/** A result as text. */
export function flatTable({ report, caption }: FlatResult): string {
  const cells = ({ msPerPair, ratio }: FlatCell) => [msPerPair.toFixed(0), ratio.toFixed(2)];
  const table = formatTable(
    [
      { title: "engine", align: "left" },
      { title: "candidates", align: "right" },
      { title: "K", align: "right" },
      { title: "same widths, ms", align: "right" },
      { title: "ratio", align: "right" },
      { title: "as drawn, ms", align: "right" },
      { title: "ratio", align: "right" },
    ],
    report.rows.map(({ engine, candidates, k, sameWidths, asDrawn }) => [
      engine,
      `${candidates}`,
      `${k}`,
      ...cells(sameWidths),
      ...cells(asDrawn),
    ]),
  );
  return `${caption}\n\n${table}`;
}
