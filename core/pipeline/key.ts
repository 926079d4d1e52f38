import type { Blueprint } from "../contracts/blueprint.ts";
import type { BudgetZone } from "../contracts/budget.ts";
import type { Dataset } from "../contracts/dataset.ts";
import type { Decision } from "../contracts/decision.ts";
import { canonicalJson } from "../json.ts";
import type { AnyPlugin } from "../plugin/plugins.ts";
import type { Token } from "../plugin/token.ts";
import { sha256 } from "../sha256.ts";
import { VERSION } from "../version.ts";
import type { AnyPhase } from "./phase.ts";

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

function isProvided({ key }: Token<unknown>, plugins: readonly AnyPlugin[]): boolean {
  return plugins.some(({ provides }) => provides.some((given) => given.key === key));
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

/** Tokens that a phase declares. */
export function tokensOf(phase: AnyPhase): readonly Token<unknown>[] {
  return [...phase.requires ?? [], ...phase.uses];
}

/** Tokens that a phase may resolve: its own, and what their providers declare in turn. */
export function reachableTokens(
  phase: AnyPhase,
  plugins: readonly AnyPlugin[],
): readonly Token<unknown>[] {
  const tokens = tokensOf(phase);
  return [
    ...tokens,
    ...providersOf(tokens, plugins).flatMap(({ requires, uses }) => [...requires, ...uses]),
  ];
}

/** Names of the plugins that bring no phase, and that none nor `resolved` can reach. */
export function unusedPlugins(
  { phases, plugins }: {
    readonly phases: readonly AnyPhase[];
    readonly plugins: readonly AnyPlugin[];
  },
  resolved: readonly Token<unknown>[],
): readonly string[] {
  const tokens = phases.flatMap((phase) => [...tokensOf(phase), ...phase.asks ?? []]);
  const used = providersOf([...resolved, ...tokens], plugins);
  const isUsed = (plugin: AnyPlugin) => plugin.phases.length > 0 || used.includes(plugin);
  return plugins.filter((plugin) => !isUsed(plugin)).map(({ name }) => name);
}

/** The text whose hash is {@linkcode keyOf}: JSON with sorted keys. */
export function keyText(phase: AnyPhase, inputs: readonly string[], source: KeySource): string {
  const { blueprint, dataset, budget, decisions, plugins, seed, engine } = source;
  const { fingerprint, classes, shape, augment, normalization, labels } = dataset;
  return canonicalJson({
    core: VERSION,
    phase: identity(phase),
    inputs,
    data: {
      fingerprint,
      classes,
      shape,
      augment,
      normalization,
      ...labels && labels.kind !== "class" && { labels },
      ...dataset.inputs && { inputs: dataset.inputs },
    },
    blueprint,
    ...phase.usesBudget ? { budget, decisions } : {},
    seed,
    engine,
    ...phase.asks && { provided: phase.asks.map((token) => isProvided(token, plugins)) },
    providers: providersOf(tokensOf(phase), plugins).map((plugin) => identity(plugin)),
  });
}

/**
 * The content key of what a phase makes. Every version that the result of a phase depends on is in
 * it, so that an artifact made by other code or from other data is never served. It holds:
 *
 * - the version of core, which is the version of all packages (`tools/check_publish.ts` holds it);
 * - name, version and options of the phase;
 * - the keys of all phases before it, in order;
 * - fingerprint, classes, shape, augmentation, normalisation and form of labels of the data;
 * - the blueprint;
 * - budget and decisions, if the phase says `usesBudget`;
 * - the seed, and the engine with its threads;
 * - for each token of which the phase only asks whether it is provided, the answer;
 * - name, version and options of every plugin that provides a token which the phase declares, of the
 *   providers of what these resolve, and so on, in the order of the plugins.
 *
 * It does not hold the name of the data, plugins that the phase does not reach, or where anything is
 * stored. Code without a version, such as a plugin's or a phase's own functions, is in it by the
 * version of that plugin or phase only: its author must change that version.
 *
 * @param phase The phase.
 * @param inputs Keys of the phases before it.
 * @param source What all phases of the run depend on.
 * @returns SHA-256 of {@linkcode keyText}, in hexadecimal digits.
 */
export function keyOf(
  phase: AnyPhase,
  inputs: readonly string[],
  source: KeySource,
): Promise<string> {
  return sha256(keyText(phase, inputs, source));
}
