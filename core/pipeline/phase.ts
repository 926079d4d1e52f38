import type { Blueprint } from "../contracts/blueprint.ts";
import type { BudgetZone } from "../contracts/budget.ts";
import type { Dataset } from "../contracts/dataset.ts";
import type { Decision } from "../contracts/decision.ts";
import type { CoreEvent, PluginEvent } from "../events.ts";
import type { Resolver } from "../plugin/scope.ts";
import type { Token } from "../plugin/token.ts";
import type { Random } from "../random/random.ts";

/** A core event without the run's id, which the run adds. */
export type CoreEventBody = CoreEvent extends infer E ? E extends unknown ? Omit<E, "runId"> : never
  : never;

/** What a phase works with. */
export interface PhaseContext {
  /** Name of the phase, which its events carry. */
  readonly phase: string;
  /** The unpruned network. */
  readonly blueprint: Blueprint;
  /** The data. Only `evaluate` may look at the test split. */
  readonly dataset: Dataset;
  /** Decisions of all installed search spaces. Throws unless the phase sets `usesBudget`. */
  readonly decisions: readonly Decision[];
  /** Where the true cost must end. Throws unless the phase sets `usesBudget`. */
  readonly budget: BudgetZone;
  /** Source of randomness of the run. */
  readonly random: Random;
  /** Stops the run; checked after every step. */
  readonly signal: AbortSignal;
  /** Services of the tokens that the phase declares; any other throws. */
  readonly services: Resolver;
  /** Publish an event, plain JSON: core's about training and searching, or `"<phase>/<what>"`. */
  emit(event: CoreEventBody | PluginEvent): void;
  /**
   * Write something worth keeping into the run's folder, such as the last good weights of a training
   * that failed. Like an artifact it is made of JSON and typed arrays.
   *
   * @returns Its path; undefined for a run without a folder.
   */
  keep(name: string, value: object): Promise<string | undefined>;
}

/**
 * One part of a pipeline. What it adds must be made of JSON and typed arrays: it is stored under a
 * content key and not computed twice.
 *
 * @typeParam Needs What earlier phases must have made.
 * @typeParam Adds What this one makes.
 */
export interface Phase<Needs extends object, Adds extends object> {
  /** Unique within the pipeline. */
  readonly name: string;
  /**
   * Changes when the phase computes something else. A phase without one runs every time; phases
   * after it are cached by the content of what it made.
   */
  readonly version?: string;
  /** Its settings as plain JSON, part of the key. */
  readonly options?: object;
  /** Tokens that it resolves; their providers are part of the key. */
  readonly uses: readonly Token<unknown>[];
  /** Tokens that it resolves and that some plugin must provide. Default: none. */
  readonly requires?: readonly Token<unknown>[];
  /**
   * Whether it reads the budget or the decisions, which are part of the key then. Runs that differ
   * in their budget share the phases that do not.
   *
   * @default {false}
   */
  readonly usesBudget?: boolean;
  /** Names of what it adds, so that what a strategy needs is checked before the work begins. */
  readonly makes?: readonly string[];
  /** The work. A property, as TypeScript would let a method pass whose needs are missing. */
  readonly run: (context: PhaseContext, have: Needs) => Promise<Adds>;
}

/** What the compiler shows for a misplaced phase. */
export interface PhaseIsMissing<Name extends PropertyKey> {
  /** What no earlier phase makes. */
  readonly "no earlier phase makes": Name;
}

/** Phases in order, checked by the compiler. */
export interface Pipeline<Have extends object> {
  /** The phases. */
  // deno-lint-ignore no-explicit-any -- phases of different needs in one list
  readonly phases: readonly Phase<any, object>[];
  /** Append a phase whose needs are met. */
  phase<Needs extends object, Adds extends object>(
    phase:
      & Phase<Needs, Adds>
      & (Have extends Needs ? unknown : PhaseIsMissing<Exclude<keyof Needs, keyof Have>>),
  ): Pipeline<Have & Adds>;
}
