import type { Blueprint } from "../contracts/blueprint.ts";
import type { BudgetZone } from "../contracts/budget.ts";
import type { Checkpoint } from "../contracts/checkpoint.ts";
import type { Dataset } from "../contracts/dataset.ts";
import type { Decision } from "../contracts/decision.ts";
import type { CoreEvent, PluginEvent } from "../events.ts";
import type { Resolver } from "../plugin/scope.ts";
import type { Token } from "../plugin/token.ts";
import type { Random } from "../random/random.ts";

/** A core event without the run's id, which the run adds. */
export type CoreEventBody = CoreEvent extends infer E ? E extends unknown ? Omit<E, "runId"> : never
  : never;

/**
 * What a phase works with.
 *
 * @typeParam E Events of the phase's own.
 */
export interface PhaseContext<E extends PluginEvent = PluginEvent> {
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
  /**
   * Keeps unfinished work, so that a run that died goes on in the middle of the phase. A phase without
   * a version, and any phase of a run with `fresh: true`, begins anew: nothing is kept.
   */
  readonly checkpoint: Checkpoint;
  /** Services of the tokens that the phase, or a provider of these, declares; any other throws. */
  readonly services: Resolver;
  /** Publish an event, plain JSON: core's about training and searching, or `"<phase>/<what>"`. */
  emit(event: CoreEventBody | E): void;
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
 * @typeParam E Events of its own, which it emits as `"<phase>/<what>"`; they type the run's stream.
 */
export interface Phase<
  Needs extends object,
  Adds extends object,
  E extends PluginEvent = never,
> {
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
  /** Tokens of which it asks only whether a plugin provides them. Default: none. */
  readonly asks?: readonly Token<unknown>[];
  /**
   * Whether it reads the budget or the decisions, which are part of the key then. Runs that differ
   * in their budget share the phases that do not.
   *
   * @default {false}
   */
  readonly usesBudget?: boolean;
  /** Names of what it adds, so that what a strategy needs is checked before the work begins. */
  readonly makes?: readonly string[];
  /**
   * Refuses what can be seen before any phase works, such as a file that does not fit; called at the
   * start of every run.
   */
  readonly check?: (context: Pick<PhaseContext, "blueprint" | "dataset">) => Promise<void>;
  /** The work. A property, as TypeScript would let a method pass whose needs are missing. */
  readonly run: (context: PhaseContext<E>, have: Needs) => Promise<Adds>;
}

/** Any phase, whatever it needs and emits. */
// deno-lint-ignore no-explicit-any -- phases of different needs in one list
export type AnyPhase = Phase<any, object>;

/** What a phase needs of earlier ones. */
export type NeedsOf<P> = P extends { run: (context: never, have: infer Needs) => unknown }
  ? unknown extends Needs ? object : Needs
  : never;

/** What a phase makes. */
export type AddsOf<P> = P extends { run: (...args: never) => Promise<infer Adds> }
  ? Adds extends object ? Adds : never
  : never;

/** Events of a phase's own. */
export type EventsOfPhase<P> = P extends { run: (context: infer C, ...rest: never) => unknown }
  ? C extends PhaseContext<infer E> ? Extract<E, PluginEvent> : never
  : never;

/** What the compiler shows for a misplaced phase. */
export interface PhaseIsMissing<Name extends PropertyKey> {
  /** What no earlier phase makes. */
  readonly "no earlier phase makes": Name;
}

/**
 * Phases in order, checked by the compiler.
 *
 * @typeParam Have What they make.
 * @typeParam E Events of their own.
 */
export interface Pipeline<Have extends object, E extends PluginEvent = never> {
  /** The phases. */
  readonly phases: readonly AnyPhase[];
  /** Never set; carries the type of the events. */
  readonly events?: E;
  /** Append a phase whose needs are met. */
  phase<P extends AnyPhase>(
    phase:
      & P
      & (Have extends NeedsOf<P> ? unknown
        : PhaseIsMissing<Exclude<keyof NeedsOf<P>, keyof Have>>),
  ): Pipeline<Have & AddsOf<P>, E | EventsOfPhase<P>>;
}
