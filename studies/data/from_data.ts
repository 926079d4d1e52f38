import {
  type AnyPlugin,
  type Dataset,
  EspalierError,
  parseOptions,
  pipeline,
} from "@espalier/core";
import { files, isMissing } from "@espalier/core/run";
import { subset, type SubsetOptions } from "@espalier/training";
import { dirname, resolve as resolvePath } from "node:path";
import { pathToFileURL } from "node:url";
import type { Axes, AxisValue, Cell, Part, StudyPipeline } from "../axes/contract.ts";
import { createStudy, type Study } from "../study.ts";
import { fromModule, type Kind, lookUp, type Maker, type Registry } from "./registry.ts";
import { type Named, type PartData, type StudyData, studyDataSchema, type Use } from "./schema.ts";

/** What names are looked up in. */
interface Names {
  readonly registry: Registry;
  /** A path of the data as one of this system. */
  readonly resolve: (path: string) => string;
}

/** What a name stands for, made with its options. */
async function make(use: Use, kind: Kind, { registry, resolve }: Names): Promise<unknown> {
  const named: Named = typeof use === "string" ? { use } : use;
  const { from, options } = named;
  const asUrl = (path: string) => pathToFileURL(resolve(path)).href;
  const factory = from === undefined
    ? lookUp<unknown>(registry[kind], { use: named.use, kind })
    : await fromModule({ ...named, from }, { kind, resolve: asUrl });
  if (typeof factory === "function") return await (factory as Maker<unknown>)(options, { resolve });
  if (options === undefined) return factory;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot create a study as ${kind} "${named.use}" takes no options: it is no function.`,
  );
}

const plugins = async (uses: readonly Use[], names: Names): Promise<readonly AnyPlugin[]> =>
  await Promise.all(uses.map((use) => make(use, "plugin", names))) as AnyPlugin[];

const isList = (value: unknown): value is readonly Use[] => Array.isArray(value);

function pipelineOf(phases: readonly string[], { registry }: Names): StudyPipeline {
  return phases.reduce<StudyPipeline>(
    (all, use) => all.phase(lookUp(registry.phase, { use, kind: "phase" })()),
    pipeline(),
  );
}

/** Data of which few images are taken. */
async function dataOf(use: Use, names: Names): Promise<Dataset> {
  if (typeof use === "string") return await make(use, "data", names) as Dataset;
  const { subset: some, ...options } = use.options ?? {};
  const rest = Object.keys(options).length === 0 ? {} : { options };
  const { options: _, ...named } = use;
  const data = await make({ ...named, ...rest }, "data", names) as Dataset;
  return some === undefined ? data : subset(data, some as SubsetOptions);
}

/** Parts by their names. */
async function partOf(
  { network, data, budget, base, phases, engine, plugins: change }: PartData,
  names: Names,
): Promise<Part> {
  return {
    ...network !== undefined &&
      { network: await make(network, "network", names) as Part["network"] },
    ...data !== undefined && { data: await dataOf(data, names) },
    ...budget && { budget },
    ...base !== undefined && { base: await baseOf(base, names) },
    ...phases && { pipeline: pipelineOf(phases, names) },
    ...engine && { engine },
    ...change !== undefined &&
      { plugins: await plugins(isList(change) ? change : [change as Use], names) },
  };
}

async function baseOf(base: Use | readonly Use[], names: Names): Promise<readonly AnyPlugin[]> {
  return isList(base)
    ? await plugins(base, names)
    : await make(base as Use, "base", names) as readonly AnyPlugin[];
}

async function valueOf(value: StudyData["axes"][string][string], names: Names): Promise<AxisValue> {
  if (isList(value)) return await plugins(value, names);
  if (typeof value === "string" || "use" in value) return (await plugins([value], names))[0]!;
  return await partOf(value, names);
}

async function axesOf(axes: StudyData["axes"], names: Names): Promise<Axes> {
  const made: Record<string, Record<string, AxisValue>> = {};
  for (const [axis, values] of Object.entries(axes)) {
    made[axis] = {};
    for (const [name, value] of Object.entries(values)) {
      made[axis][name] = await valueOf(value, names);
    }
  }
  return made;
}

/** How a study is made of data. */
export interface FromDataOptions {
  /** What names stand for. */
  readonly registry: Registry;
  /**
   * Folder from which paths count.
   *
   * @default the current one
   */
  readonly directory?: string | undefined;
}

/**
 * A study of plain data.
 *
 * @param data The data, as JSON gives it.
 * @param options What names stand for, and from where paths count.
 * @returns The study.
 * @throws {EspalierError} ERR_CONFIG_INVALID for data of another form, or a name that is not known,
 * with those that are; ERR_PLUGIN_OPTIONS; what `createStudy` throws.
 */
export async function studyFromData(
  data: unknown,
  { registry, directory = "." }: FromDataOptions,
): Promise<Study> {
  const { axes, seeds, base, budgets, baseline, leaveOut = [], $schema: _, ...rest } = parseOptions(
    studyDataSchema,
    data as StudyData,
    { subject: "a study" },
  );
  const names = { registry, resolve: (path: string) => resolvePath(directory, path) };
  const isLeftOut = (cell: Cell) =>
    leaveOut.some((some) => Object.entries(some).every(([axis, value]) => cell[axis] === value));
  const { network, data: set, pipeline: phases, engine } = await partOf(rest, names);
  return createStudy<Axes>({
    base: await baseOf(base, names),
    axes: await axesOf(axes, names),
    seeds,
    ...budgets && { budgets },
    ...baseline && { baseline },
    ...leaveOut.length > 0 && { filter: (cell: Cell) => !isLeftOut(cell) },
    ...network && { network },
    ...set && { data: set },
    ...phases && { pipeline: phases },
    ...engine && { engine },
  }) as Study;
}

/**
 * The data of a study's file.
 *
 * @param path The file.
 * @returns What its JSON holds, not yet checked.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a file that is missing or no JSON.
 */
export async function readStudyData(path: string): Promise<unknown> {
  const fs = await files();
  try {
    return JSON.parse(await fs.readFile(path, "utf8"));
  } catch (error) {
    const reason = isMissing(error) ? "there is no such file" : (error as Error).message;
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot read study "${path}" as it must be a file of JSON: ${reason}. ` +
        "`espalier study schema` writes what may stand in it.",
      { cause: error },
    );
  }
}

/**
 * A study of a JSON file. Paths in it count from its folder.
 *
 * @param path The file.
 * @param registry What names stand for.
 * @returns The study.
 * @throws {EspalierError} As {@linkcode readStudyData} and {@linkcode studyFromData}.
 */
export async function readStudy(path: string, registry: Registry): Promise<Study> {
  return await studyFromData(await readStudyData(path), { registry, directory: dirname(path) });
}
