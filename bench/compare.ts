import {
  type BenchEngine,
  commitOf,
  enginesOf,
  type Load,
  nameOf,
  type Setting,
  settingsOf,
  watchLoad,
} from "./environment.ts";
import { type Job, JOB_KINDS, type JobKind } from "./job.ts";
import { measureInTurn, type Subject } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { type Say, sayIfBusy, turnTeller } from "./progress.ts";
import { imagesPerSecond, startEngine, startPeer } from "./subjects.ts";
import { formatTable } from "./table.ts";

/** K of the search: TAS. */
const K = 2;

/** One job on one engine. */
export interface CompareRow extends Setting {
  /** What was done. */
  readonly job: JobKind;
  /** Images a second; those of both halves count in a search. */
  readonly imagesPerSecond: number;
  /** Memory peak of the process, which did this job alone. */
  readonly peakMiB: number;
  /** `imagesPerSecond` over that of PyTorch's plain training; null without it. */
  readonly overPeer: number | null;
}

/** What `--json` prints. */
export interface CompareReport {
  /** The fastest engine that was timed. */
  readonly engine: BenchEngine;
  /** What that computes on. */
  readonly device: string;
  /** What was timed. */
  readonly commit: string;
  /** Every job on every engine. */
  readonly rows: readonly CompareRow[];
}

/** The peer's best variant. */
export interface PeerResult {
  /** As in `PyTorch 2.9.0 channels_last, 2 threads`. */
  readonly name: string;
  /** Images a second of plain training. */
  readonly imagesPerSecond: number;
  /** Memory peak of the process, which trained in this layout alone. */
  readonly peakMiB: number;
}

/** A report, and what its table says besides. */
export interface Comparison {
  /** As JSON. */
  readonly report: CompareReport;
  /** Absent where no Python has PyTorch. */
  readonly peer: PeerResult | undefined;
  /** Settings and machine. */
  readonly caption: string;
}

function captionOf({ network, size, batch, steps, rounds }: BenchOptions, load: Load): string {
  return `${network} at ${size} × ${size}, batch ${batch}, K = ${K}; medians of ${
    rounds * steps
  } steps in ` +
    `${rounds} rounds, all in turn; ${load.describe()}`;
}

interface Entry {
  readonly job: Job;
  readonly setting: Setting;
  readonly device: string;
  readonly subject: Subject;
}

/** A process for every job of every engine, so that a memory peak is that of its job. */
async function startEntries(
  { network, size, batch, job: only }: BenchOptions,
  { settings, owned, say }: {
    readonly settings: readonly Setting[];
    readonly owned: AsyncDisposableStack;
    readonly say: Say;
  },
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const setting of settings) {
    for (const kind of JOB_KINDS.filter((kind) => only === undefined || kind === only)) {
      say(`starting: ${nameOf(setting)} ${kind}`);
      const job: Job = { kind, network, size, batch, k: K };
      const { device, subject } = await startEngine(setting, owned);
      entries.push({ job, setting, device, subject: subject(job) });
    }
  }
  return entries;
}

/**
 * Time plain training and both searches on every engine, beside PyTorch's plain training.
 *
 * @param options Network, steps and rounds.
 * @param services A Python that has PyTorch, and what is told where the work is.
 * @returns What was measured.
 */
export async function compare(
  options: BenchOptions,
  { python, say }: { readonly python: string | undefined; readonly say: Say },
): Promise<Comparison> {
  await using owned = new AsyncDisposableStack();
  const settings = settingsOf(await enginesOf(options));
  const entries = await startEntries(options, { settings, owned, say });
  const pytorch = python === undefined ? undefined : await startPeer(python, { ...options, owned });
  const peers = pytorch?.subjects ?? [];
  const load = watchLoad();
  const measured = await measureInTurn(
    [...peers, ...entries.map(({ subject }) => subject)],
    { ...options, onTurn: turnTeller(say, { ...options, load }) },
  );
  const variants = peers.map((subject, i): PeerResult => ({
    name: subject.name.replace("PyTorch", `PyTorch ${pytorch!.version}`),
    imagesPerSecond: 1000 * options.batch / measured[i]!.ms,
    peakMiB: measured[i]!.peakMiB,
  }));
  const peer = variants.toSorted((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0];
  const rows = entries.map(({ job, setting }, i): CompareRow => {
    const measurement = measured[peers.length + i]!;
    const speed = imagesPerSecond(job, measurement);
    return {
      job: job.kind,
      ...setting,
      imagesPerSecond: speed,
      peakMiB: measurement.peakMiB,
      overPeer: peer === undefined ? null : speed / peer.imagesPerSecond,
    };
  });
  sayIfBusy(say, load);
  const { setting: { engine }, device } = entries[0]!;
  const report = { engine, device, commit: await commitOf(), rows };
  return { report, peer, caption: captionOf(options, load) };
}

const TITLES: Readonly<Record<JobKind, string>> = {
  "plain": "plain training",
  "search-width": "search, width",
  "search-both": "search, width + depth",
};

/** A comparison as text. */
export function comparisonTable({ report, peer, caption }: Comparison): string {
  const ratio = (value: number | null) => value === null ? "no peer" : value.toFixed(2);
  const speed = (value: number) => value.toFixed(value < 50 ? 1 : 0);
  const rows = report.rows.map((row) => [
    nameOf(row),
    TITLES[row.job],
    speed(row.imagesPerSecond),
    row.peakMiB.toFixed(0),
    ratio(row.overPeer),
  ]);
  const last = peer
    ? [[peer.name, TITLES.plain, speed(peer.imagesPerSecond), peer.peakMiB.toFixed(0), "1.00"]]
    : [];
  const table = formatTable([
    { title: "engine", align: "left" },
    { title: "job", align: "left" },
    { title: "images/s", align: "right" },
    { title: "peak MiB", align: "right" },
    { title: "× PyTorch", align: "right" },
  ], [...rows, ...last]);
  return `${caption}\n\n${table}`;
}
