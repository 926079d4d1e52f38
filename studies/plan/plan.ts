import { type ArtifactStore, checkOptions, type OptionFields, withMethods } from "@espalier/core";
import { checkFolder } from "@espalier/core/run";
import * as z from "zod";
import { type Cell, cellName, type StudyCells } from "../axes/contract.ts";
import { mean } from "../results/statistics.ts";
import { Measures } from "../run/measures.ts";
import { type PlannedCellRun, plannedRuns } from "./planned_runs.ts";
import { bytesOf, measuresIn, placeOf, type StudyPlace } from "./study_folder.ts";

/** Settings of a study's plan. */
export interface PlanOptions {
  /**
   * Folder of the study.
   *
   * @default none, so that nothing is there
   */
  readonly directory?: string | undefined;
  /**
   * Holds what phases made.
   *
   * @default the folder `artifacts` of the directory
   */
  readonly store?: ArtifactStore | undefined;
}

/** Schema of a store. */
export const storeSchema: z.ZodType<ArtifactStore> = withMethods<ArtifactStore>(
  "artifact store",
  ...["read", "has", "write", "remove"] as const,
);

const planSchema = z.strictObject(
  {
    directory: z.string().optional(),
    store: storeSchema.optional(),
  } satisfies OptionFields<PlanOptions>,
);

/** A phase that one run or several need. */
export interface PlannedNode {
  /** Name of the phase. */
  readonly phase: string;
  /** Content key; absent where it is not known before the work. */
  readonly key?: string;
  /** The runs that need it, by their places in the plan. */
  readonly runs: readonly number[];
  /** Whether the store has it. */
  readonly there: boolean;
  /** Time that it takes, or took, in milliseconds; absent where no such phase was measured. */
  readonly ms?: number;
  /** Size of what it makes in bytes; absent as above. */
  readonly bytes?: number;
}

/**
 * What a study computes. Runs with a common beginning share it.
 *
 * @typeParam C The cells.
 */
export interface StudyPlan<C extends Cell = Cell> {
  /** All runs: each cell with each seed. */
  readonly runs: readonly PlannedCellRun<C>[];
  /** All phases; one that several runs need stands once. */
  readonly phases: readonly PlannedNode[];
}

/** Phases of the runs, those of one content key once. */
function sharedPhases(
  runs: readonly Pick<PlannedCellRun, "phases">[],
): readonly Pick<PlannedNode, "phase" | "key" | "runs">[] {
  const nodes = new Map<string, { phase: string; key?: string; runs: number[] }>();
  for (const [run, { phases }] of runs.entries()) {
    for (const { name, key } of phases) {
      const id = key ?? `${run} ${name}`;
      const node = nodes.get(id) ?? { phase: name, ...key !== undefined && { key }, runs: [] };
      node.runs.push(run);
      nodes.set(id, node);
    }
  }
  return [...nodes.values()];
}

const meanOfAny = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : mean(values);

/** Guesses by the nodes that are known: those of the same cells with other seeds, else of any cells. */
function guesses(
  nodes: readonly { readonly phase: string; readonly cells: string }[],
  known: readonly (number | undefined)[],
  elsewhere: (phase: string) => number | undefined,
): readonly (number | undefined)[] {
  const meanOf = (takes: (node: typeof nodes[number]) => boolean) =>
    meanOfAny(known.filter((value, i): value is number => value !== undefined && takes(nodes[i]!)));
  return nodes.map((node, i) =>
    known[i] ??
      meanOf(({ phase, cells }) => phase === node.phase && cells === node.cells) ??
      meanOf(({ phase }) => phase === node.phase) ??
      elsewhere(node.phase)
  );
}

/** The plan of a study at a place. */
export async function planAt<C extends Cell>(
  study: StudyCells<C>,
  { directory, store }: StudyPlace,
  measures: Measures,
): Promise<StudyPlan<C>> {
  const runs = await plannedRuns(study);
  const nodes = sharedPhases(runs);
  const there = await Promise.all(
    nodes.map(async ({ key }) => key !== undefined && await store.has(key)),
  );
  const placed = nodes.map(({ phase, runs: places }) => ({
    phase,
    cells: [...new Set(places.map((run) => cellName(runs[run]!.cell)))].join("; "),
  }));
  const measured = (key: string | undefined) => {
    const measure = key === undefined ? undefined : measures.of(key);
    return measure?.done ? measure.ms : undefined;
  };
  const done = measures.all.filter(([, { done }]) => done);
  const times = guesses(
    placed,
    nodes.map(({ key }) => measured(key)),
    (phase) =>
      meanOfAny(done.filter(([, measure]) => measure.phase === phase).map(([, { ms }]) => ms)),
  );
  const sizes = directory === undefined ? [] : await Promise.all(
    nodes.map(({ key }) => key === undefined ? undefined : bytesOf(directory, key)),
  );
  const bytes = guesses(placed, sizes, () => undefined);
  return {
    runs,
    phases: nodes.map((node, i) => ({
      ...node,
      there: there[i]!,
      ...times[i] !== undefined && { ms: times[i] },
      ...bytes[i] !== undefined && { bytes: bytes[i] },
    })),
  };
}

/** What a run of a study would do. */
export async function planStudy<C extends Cell>(
  study: StudyCells<C>,
  options: PlanOptions,
): Promise<StudyPlan<C>> {
  checkOptions(planSchema, options, { subject: "the plan of a study" });
  const { directory, store } = options;
  if (directory !== undefined) checkFolder(directory);
  const measures = directory === undefined ? new Measures() : await measuresIn(directory);
  return await planAt(study, placeOf(directory, store), measures);
}
