/**
 * The form of a study as data.
 *
 * @module
 */
import { budgetSchema } from "@espalier/blueprint";
import type { Budget } from "@espalier/core";
import * as z from "zod";
import type { EngineChoice } from "../axes/contract.ts";
import { engineSchema } from "../axes/engine_schema.ts";

/** Something by its name, of the registry or of a module. */
export interface Named {
  /** Its name. */
  readonly use: string;
  /** Options of its factory. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Module that exports it, by a path from the file or a specifier; absent: it is of the registry. */
  readonly from?: string | undefined;
}

/** A name alone stands for it without options. */
export type Use = string | Named;

/** Parts of a pruning by name; as a value of an axis. */
export interface PartData {
  /** The unpruned network. */
  readonly network?: Use | undefined;
  /** The data. */
  readonly data?: Use | undefined;
  /** The budget. */
  readonly budget?: Budget | undefined;
  /** All plugins: a preset, or a list. */
  readonly base?: Use | readonly Use[] | undefined;
  /** Names of phases. */
  readonly phases?: readonly string[] | undefined;
  /** What computes. */
  readonly engine?: EngineChoice | undefined;
  /** Plugins that take the place of what provides the same. */
  readonly plugins?: Use | readonly Use[] | undefined;
}

/** A value of an axis: plugins, or parts. */
export type ValueData = Use | readonly Use[] | PartData;

/** A study as JSON. */
export interface StudyData extends Omit<PartData, "budget" | "plugins"> {
  /** Schema, for editors. */
  readonly $schema?: string | undefined;
  /** Where the cost must end. */
  readonly budgets?: readonly Budget[] | undefined;
  /** All plugins, which the axes change. */
  readonly base: Use | readonly Use[];
  /** Seeds. */
  readonly seeds: readonly number[];
  /** Axes, and their values. */
  readonly axes: Readonly<Record<string, Readonly<Record<string, ValueData>>>>;
  /** What each cell is compared with. */
  readonly baseline?: Readonly<Record<string, string>> | undefined;
  /** Cells to leave out: those that have all values of one of these. */
  readonly leaveOut?: readonly Readonly<Record<string, string>>[] | undefined;
}

const named = z.strictObject({
  use: z.string().min(1).describe("its name"),
  options: z.record(z.string(), z.unknown()).optional().describe("options of its factory"),
  from: z.string().optional().describe("module that exports it, by a path from this file"),
});
const use = (id: string) => z.union([z.string().min(1), named]).meta({ id });

/** Kinds of things that have names, as the schema calls them. */
export const KINDS = ["plugin", "network", "data", "base"] as const;

const plugin = use("plugin");
const plugins = z.union([plugin, z.array(plugin)]);
const base = z.union([use("base"), z.array(plugin)]);
const phases = z.array(z.string()).min(1);
const part = z.strictObject({
  network: use("network").optional(),
  data: use("data").optional(),
  budget: budgetSchema.optional(),
  base: base.optional(),
  phases: phases.optional(),
  engine: engineSchema.optional(),
  plugins: plugins.optional(),
});
const cell = z.record(z.string(), z.string());

/** Schema of {@linkcode StudyData}. */
export const studyDataSchema: z.ZodType<StudyData, StudyData> = z.strictObject({
  $schema: z.string().optional().describe("this schema, for editors"),
  network: part.shape.network.describe("the unpruned network"),
  data: part.shape.data.describe("what it is trained and measured on"),
  budgets: z.array(budgetSchema).min(1).optional().describe("where the cost must end"),
  base: base.describe("the plugins that the axes change"),
  seeds: z.array(z.int().min(0)).min(1).describe("seeds of the runs of each cell"),
  axes: z.record(z.string(), z.record(z.string(), z.union([plugins, part])))
    .describe("what is varied: a cell for every choice of a value of each axis"),
  baseline: cell.optional().describe("values of some axes, with which each cell is compared"),
  leaveOut: z.array(cell).optional().describe("cells without these values are left"),
  phases: phases.optional().describe("names of the phases"),
  engine: engineSchema.optional().describe("what computes"),
}) as unknown as z.ZodType<StudyData, StudyData>;
