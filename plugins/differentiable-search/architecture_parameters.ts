import { unstackRows } from "@espalier/blueprint";
import type { Decision, DecisionId, Mixture, Random, SampleOptions, Sampler } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";

/** Standard deviation of the initial logits; TAS, official code. */
const DEVIATION = 0.01;

/** Logit of the entries that pad a row behind its candidates. */
const NOT_A_CANDIDATE = -1e9;

/** Kinds of decisions. The index of a kind is part of the key of its random streams. */
const KINDS = ["channels", "exit"] as const;

/** Key of one draw of noise. */
export interface NoiseKey {
  /** Name of the stream. */
  readonly stream: string;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Epochs of the search. */
  readonly epochs: number;
  /** Step within the epoch, from 0. */
  readonly step: number;
  /** What the sampler sees of the budget. */
  readonly budget: SampleOptions["budget"];
}

/** The logits of all decisions of one kind, a row each. */
interface Table {
  readonly kind: typeof KINDS[number];
  readonly decisions: readonly Decision[];
  readonly logits: tf.Variable<tf.Rank.R2>;
  /** Zero for candidates, −1e9 past them. */
  readonly mask: Tensor2D;
}

function createTable(
  kind: typeof KINDS[number],
  { decisions, random }: { readonly decisions: readonly Decision[]; readonly random: Random },
): Table {
  const columns = Math.max(...decisions.map(({ candidates }) => candidates.length));
  const stream = random.stream("search/logits", KINDS.indexOf(kind));
  const fill = (inside: () => number, outside: number) =>
    tf.tensor2d(
      decisions.map(({ candidates }) =>
        Array.from({ length: columns }, (_, i) => i < candidates.length ? inside() : outside)
      ),
    );
  return {
    kind,
    decisions,
    logits: tf.tidy(() => tf.variable(fill(() => stream.normal() * DEVIATION, 0))),
    mask: fill(() => 0, NOT_A_CANDIDATE),
  };
}

/** The row of every decision, cut to its candidates. */
function rowsOf({ decisions }: Table, tensor: Tensor2D): [DecisionId, Tensor1D][] {
  return unstackRows<Tensor1D>(tensor).map((row, r) => {
    const { id, candidates: { length } } = decisions[r]!;
    return [id, row.size === length ? row : tf.slice(row, 0, length)];
  });
}

/** Alpha and beta: logits of every candidate, drawn from N(0, 0.01²), one variable a kind. */
export class ArchitectureParameters implements Disposable {
  readonly #tables: readonly Table[];
  readonly #random: Random;

  /**
   * Draw the initial logits.
   *
   * @param decisions What there is to decide.
   * @param random Source of logits and noise.
   */
  constructor(decisions: readonly Decision[], random: Random) {
    this.#random = random;
    this.#tables = KINDS.flatMap((kind) => {
      const own = decisions.filter(({ effect }) => effect.kind === kind);
      return own.length === 0 ? [] : [createTable(kind, { decisions: own, random })];
    });
  }

  /** The logits by kind, [decisions, most candidates]. */
  get variables(): ReadonlyMap<string, tf.Variable> {
    return new Map(this.#tables.map(({ kind, logits }) => [kind, logits]));
  }

  /**
   * Draw a mixture for every decision; differentiable with respect to the logits. Depth mixes all
   * candidates (TAS, eq. 5).
   *
   * @param sampler The sampler.
   * @param key Key of the draw; each kind of decision has its own stream.
   * @returns Mixtures by decision; the caller disposes their weights, or works in a tidy.
   */
  sample(sampler: Sampler, { stream, step, ...at }: NoiseKey): Map<DecisionId, Mixture> {
    return new Map(this.#tables.flatMap((table) => {
      const { kind, decisions, logits, mask } = table;
      const mixtures = sampler.sample(tf.add(logits, mask), {
        decisions,
        ...(kind === "exit" && { count: "all" }),
        ...at,
        random: this.#random.stream(stream, at.epoch, step, KINDS.indexOf(kind)),
      });
      return mixtures.map((mixture, r) => [decisions[r]!.id, mixture] as const);
    }));
  }

  /**
   * Probabilities without noise, differentiable with respect to the logits.
   *
   * @param sampler The sampler.
   * @returns [candidates] by decision; the caller disposes them, or works in a tidy.
   */
  probabilities(sampler: Sampler): Map<DecisionId, Tensor1D> {
    return new Map(
      this.#tables.flatMap((table) =>
        rowsOf(table, sampler.probabilities(tf.add(table.logits, table.mask)))
      ),
    );
  }

  /** The logits, [candidates] by decision; the caller disposes them, or works in a tidy. */
  rows(): Map<DecisionId, Tensor1D> {
    return new Map(this.#tables.flatMap((table) => rowsOf(table, table.logits)));
  }

  /** {@linkcode probabilities} as numbers. */
  readProbabilities(sampler: Sampler): Record<DecisionId, number[]> {
    const tables = this.#tables.map(({ decisions, logits, mask }) => {
      const rows = tf.tidy(() => sampler.probabilities(tf.add(logits, mask)).arraySync());
      return decisions.map(({ id, candidates }, r) => [id, rows[r]!.slice(0, candidates.length)]);
    });
    return Object.fromEntries(tables.flat());
  }

  /** Free all logits. */
  [Symbol.dispose](): void {
    for (const { logits, mask } of this.#tables) tf.dispose([logits, mask]);
  }
}
