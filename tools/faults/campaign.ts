/**
 * Tries the faults on a short run.
 *
 * @module
 */
import { createRandom } from "@espalier/core";
import { type Fault, FAULTS } from "./catalogue.ts";
import { start } from "./child.ts";
import { outcomeOf } from "./outcome.ts";
import type { ShortRun } from "./short_run.ts";
import type { Bench, TrialResult } from "./trial.ts";

/** What is tried. */
export interface CampaignOptions extends Pick<ShortRun, "engine" | "ranks"> {
  /** How often it is broken at least, by the shares of the faults. */
  readonly kills: number;
  /** Of what is random in the faults. */
  readonly seed: number;
  /** Default: all of them. */
  readonly faults?: readonly Fault[];
  /** Takes what people may want to read meanwhile. */
  readonly say: (text: string) => void;
}

/** A row of the table. */
export interface FaultRow {
  readonly name: string;
  /** Undefined: it could not be tried. */
  readonly results: readonly TrialResult[] | undefined;
}

/** How often one run is killed at most: on a busy machine it would never come to its end. */
const MOST = 12;

/** The library that breaks file operations; undefined where there is no compiler for it. */
async function compileShim(folder: string): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const path = `${folder}/shim.so`;
  const source = new URL("./shim.c", import.meta.url).pathname;
  const args = ["-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"];
  try {
    return (await new Deno.Command("cc", { args }).output()).success ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Runs it once without a fault. */
async function referenceOf(
  { engine, ranks, shim, folder }: Pick<ShortRun, "engine" | "ranks"> & {
    readonly shim: string | undefined;
    readonly folder: string;
  },
): Promise<Bench["reference"]> {
  async function once(name: string, kind: string) {
    const directory = `${folder}/${name}/run`;
    const counted = `${folder}/${name}.count`;
    const child = start({ directory, engine, ranks }, {
      ...shim !== undefined && {
        LD_PRELOAD: shim,
        FAULT_FOLDER: `${folder}/${name}/`,
        FAULT_COUNT: counted,
        FAULT_KIND: kind,
      },
    });
    await child.started;
    const begin = performance.now();
    const { code, errors } = await child.end;
    if (code !== null) throw new Error(`The run without a fault failed: ${code} ${errors}`);
    const workMs = performance.now() - begin;
    const operations = shim === undefined ? 0 : Number(await Deno.readTextFile(counted));
    return { outcome: await outcomeOf(directory), workMs, operations };
  }
  const { operations: all, ...reference } = await once("reference", "kill");
  if (shim === undefined) return { ...reference, operations: undefined };
  const { operations: writes } = await once("writes", "half");
  return { ...reference, operations: { all, writes } };
}

function say(result: TrialResult, name: string): string {
  const { broken, survived, differing, remarks } = result;
  const state = survived ? differing.length === 0 ? "equal" : `differs: ${differing}` : "dead";
  return [`${name}: broken ${broken} times, ${state}`, ...remarks].join("\n  ");
}

/** Try all faults. */
export async function campaign(options: CampaignOptions): Promise<FaultRow[]> {
  const { engine, ranks, kills, faults = FAULTS } = options;
  const folder = await Deno.makeTempDir({ prefix: "espalier-faults-" });
  try {
    const needed = faults.some(({ byShim }) => byShim);
    const shim = needed ? await compileShim(folder) : undefined;
    const reference = await referenceOf({ engine, ranks, shim, folder });
    const { operations, workMs } = reference;
    options.say(
      `the run: ${Math.round(workMs)} ms, ${operations?.all ?? "uncounted"} file operations`,
    );
    const rows: FaultRow[] = [];
    for (const { name, byShim, share, run } of faults) {
      const random = createRandom(options.seed).stream(name);
      const shared = { folder, run: { engine, ranks }, random, reference, shim };
      const results: TrialResult[] = [];
      const wanted = Math.ceil(kills * share / 100);
      const broken = () => results.reduce((sum, one) => sum + one.broken, 0);
      const skipped = byShim && shim === undefined;
      while (!skipped && broken() < wanted) {
        const most = Math.min(MOST, wanted - broken());
        const result = await run({ ...shared, most });
        results.push(result);
        options.say(say(result, `${name}, ${broken()} of ${wanted}`));
      }
      rows.push({ name, results: skipped ? undefined : results });
    }
    return rows;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a trial ended as if nothing had broken it. */
const isGood = ({ survived, differing, remarks }: TrialResult): boolean =>
  survived && differing.length === 0 && remarks.length === 0;

/** Faults that were survived without a difference, and the others. */
export function countsOf(rows: readonly FaultRow[]): { passed: number; failed: number } {
  const results = rows.flatMap(({ results }) => results ?? []);
  const sum = (some: readonly TrialResult[]) => some.reduce((all, { broken }) => all + broken, 0);
  const good = results.filter(isGood);
  const bad = results.filter((result) => !isGood(result));
  return { passed: sum(good), failed: Math.max(sum(bad), bad.length) };
}

const ms = (value: number | undefined): string =>
  value === undefined ? "-" : `${(value / 1000).toFixed(2)} s`;

function cellsOf({ name, results }: FaultRow): string[] {
  if (results === undefined) return [name, "skipped: no C compiler on Linux", "", "", "", "", ""];
  const sum = (some: readonly TrialResult[]) =>
    String(some.reduce((all, { broken }) => all + broken, 0));
  const survived = results.filter((one) => one.survived);
  const equal = survived.filter(({ differing }) => differing.length === 0);
  const lost = results.flatMap((one) => one.lost).sort((a, b) => a - b);
  const median = lost[Math.floor(lost.length / 2)];
  const runs = String(results.length);
  return [name, sum(results), runs, sum(survived), sum(equal), ms(median), ms(lost.at(-1))];
}

/** A line a fault. */
export function faultTable(rows: readonly FaultRow[]): string {
  const head = ["fault", "times", "runs", "survived", "equal", "work lost, median", "worst"];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  widths[1] = "times".length;
  return cells.map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd()
  ).join("\n");
}
