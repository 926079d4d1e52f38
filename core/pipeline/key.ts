import type { Blueprint } from "../contracts/blueprint.ts";
import type { BudgetZone } from "../contracts/budget.ts";
import type { Dataset } from "../contracts/dataset.ts";
import type { Decision } from "../contracts/decision.ts";
import { canonicalJson } from "../json.ts";
import type { AnyPlugin } from "../plugin/plugins.ts";
import type { Token } from "../plugin/token.ts";
import { sha256 } from "../sha256.ts";
import { VERSION } from "../version.ts";
import type { AnyPhase } from "./pipeline.ts";

/** What the keys of all phases of a run depend on. */
export interface KeySource {
  /** The unpruned network. */
  readonly blueprint: Blueprint;
  /** The data. */
  readonly dataset: Dataset;
  /** The budget's zone. */
  readonly budget: BudgetZone;
  /** The decisions of the search spaces. */
  readonly decisions: readonly Decision[];
  /** The plugins, in order. */
  readonly plugins: readonly AnyPlugin[];
  /** Seed of the run. */
  readonly seed: number;
  /** Engine and its threads. */
  readonly engine: string;
}

/** What a plugin or phase computes. */
export interface Identity {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
  /** Its options, JSON. */
  readonly options?: unknown;
}

/** Only the identity of a plugin or phase. */
export function identity({ name, version, options }: Identity): Identity {
  return {
    name,
    ...version === undefined ? {} : { version },
    ...options === undefined ? {} : { options },
  };
}

/** The plugins that provide tokens, and transitively what those plugins resolve, in their order. */
export function providersOf(
  tokens: readonly Token<unknown>[],
  plugins: readonly AnyPlugin[],
): AnyPlugin[] {
  const wanted = new Set<symbol>();
  const found = new Set<AnyPlugin>();
  const queue = [...tokens];
  for (let token = queue.pop(); token !== undefined; token = queue.pop()) {
    if (wanted.has(token.key)) continue;
    const { key } = token;
    wanted.add(key);
    for (const plugin of plugins.filter((p) => p.provides.some((given) => given.key === key))) {
      found.add(plugin);
      queue.push(...plugin.requires, ...plugin.uses);
    }
  }
  return plugins.filter((plugin) => found.has(plugin));
}

/** Tokens that a phase may resolve. */
export function tokensOf(phase: AnyPhase): readonly Token<unknown>[] {
  return [...phase.requires ?? [], ...phase.uses];
}

/** The content key of what a phase makes, after the keys of the phases before it. */
export function keyOf(
  phase: AnyPhase,
  inputs: readonly string[],
  source: KeySource,
): Promise<string> {
  const { blueprint, dataset, budget, decisions, plugins, seed, engine } = source;
  const { fingerprint, classes, shape, augment } = dataset;
  return sha256(canonicalJson({
    core: VERSION,
    phase: identity(phase),
    inputs,
    data: { fingerprint, classes, shape, augment },
    blueprint,
    ...phase.usesBudget ? { budget, decisions } : {},
    seed,
    engine,
    providers: providersOf(tokensOf(phase), plugins).map((plugin) => identity(plugin)),
  }));
}
