import type {
  AnyPlugin,
  Blueprint,
  Budget,
  Dataset,
  Pipeline,
  PluginEvent,
  TrainedNetwork,
} from "@espalier/core";
import type { EngineName, EngineOptions } from "@espalier/engines";

/**
 * A change of the plugins. One plugin or a list of them takes the place of whatever provides the same
 * services; a function gives the new list.
 */
export type PluginChange =
  | AnyPlugin
  | readonly AnyPlugin[]
  | ((plugins: readonly AnyPlugin[]) => readonly AnyPlugin[]);

/** What computes. */
export interface EngineChoice extends EngineOptions {
  /** Name of the engine. */
  readonly name: EngineName | "auto";
}

/** A pipeline, whatever its phases make and tell. */
export type StudyPipeline = Pipeline<object, PluginEvent>;

/** Parts of a pruning. */
export interface Part {
  /** The unpruned network. */
  readonly network?: Blueprint | TrainedNetwork | undefined;
  /** What it is trained and measured on. */
  readonly data?: Dataset | undefined;
  /** Where the cost must end. */
  readonly budget?: Budget | undefined;
  /** The whole list of plugins, as of another recipe; other axes change it. */
  readonly base?: readonly AnyPlugin[] | undefined;
  /** The phases. */
  readonly pipeline?: StudyPipeline | undefined;
  /** What computes. */
  readonly engine?: EngineChoice | undefined;
  /** A change of the plugins. */
  readonly plugins?: PluginChange | undefined;
}

/** Names of parts but for the plugins. */
export const PARTS = ["network", "data", "budget", "base", "pipeline", "engine"] as const;

/** What a value of an axis stands for: a change of the plugins, or any parts. */
export type AxisValue = PluginChange | Part;

/** Axes by name, and their values by name. */
export type Axes = Readonly<Record<string, Readonly<Record<string, AxisValue>>>>;

/**
 * A cell of a study: a value of each axis, by name. A study of several budgets has the axis `budget`.
 *
 * @typeParam A The axes.
 */
export type CellOf<A extends Axes> =
  & { readonly [Axis in keyof A]: Extract<keyof A[Axis], string> }
  & { readonly budget?: string };

/** A cell of any study. */
export type Cell = Readonly<Record<string, string>>;

/** A cell with all of its parts. */
export interface Variant {
  /** The cell. */
  readonly cell: Cell;
  /** The unpruned network. */
  readonly network: Blueprint | TrainedNetwork;
  /** The data. */
  readonly data: Dataset;
  /** The budget. */
  readonly budget: Budget;
  /** The plugins. */
  readonly plugins: readonly AnyPlugin[];
  /** The phases; absent: the default ones. */
  readonly pipeline?: StudyPipeline;
  /** What computes; absent: what the program chose. */
  readonly engine?: EngineChoice | undefined;
}

/**
 * Cells and seeds of a study.
 *
 * @typeParam C Its cells.
 */
export interface StudyCells<C extends Cell = Cell> {
  /** The cells. */
  readonly cells: readonly C[];
  /** The seeds. */
  readonly seeds: readonly number[];
  /** What is compared with what: values of some axes. */
  readonly baseline: Cell;
  /** The parts of a cell. */
  variant(cell: C): Variant;
}

/** Text of a cell, as in `strategy=tas, transfer=kd`. */
export function cellName(cell: Cell): string {
  const name = Object.entries(cell).map(([axis, value]) => `${axis}=${value}`).join(", ");
  return name === "" ? "the only cell" : name;
}
