import type { Scalar, Tensor1D } from "@tensorflow/tfjs";
import { createToken, type Flaw, type Token } from "../plugin/token.ts";
import type { Random } from "../random/random.ts";
import type { Blueprint } from "./blueprint.ts";
import type { BudgetLimit, BudgetZone } from "./budget.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { DataForm } from "./dataset.ts";
import type { Choices, Decision, DecisionId } from "./decision.ts";
import { methodFlaw, nameFlaw, numberFlaw, numbersFlaw, told } from "./flaws.ts";
import type { Network, TrainedNetwork, Weights } from "./network.ts";
import type { BatchLabels, Metrics, Objective } from "./objective.ts";
import { weightsFlaw } from "./weights_flaw.ts";

/** One batch on the host. */
export interface Batch {
  /** [size, height, width, channels], normalised. */
  readonly images: Float32Array;
  /** What else enters the network, by the name of its input. */
  readonly inputs?: Readonly<Record<string, Float32Array>>;
  /**
   * Labels of the form that the data say, image after image: [size] where each has one class; of several
   * outputs those of each, one after the other.
   */
  readonly labels: BatchLabels;
  /** Images in the batch. */
  readonly size: number;
}

/** The batches of an epoch, by `for await`: data in memory come at once, others are read ahead. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** What a strategy reports while it works; the search phase turns it into events. */
export interface SearchProgress {
  /** Epoch or candidate, from 0. */
  readonly epoch: number;
  /** Epochs or candidates in all. */
  readonly epochs: number;
  /** Step within the epoch, from 0; absent at the end of an epoch. */
  readonly step?: number;
  /** Steps of the epoch. Default: those of the batches drawn last. */
  readonly steps?: number;
  /** Images passed forward since the last report. */
  readonly images: number;
  /** Loss of the weights or of the candidate. */
  readonly loss?: number;
  /** The objective's metrics. */
  readonly metrics?: Metrics;
  /** True cost of the architecture at this point. */
  readonly cost?: number;
  /** Other numbers worth showing, as in `{ tau: 4.2 }`. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Channels by decreasing importance, by decision: the first are kept. Absent: in their order. */
export type Ranking = Readonly<Record<DecisionId, readonly number[]>>;

/** How good a candidate is. */
export interface Score {
  /** The objective's leading metric, negative where lower is better: the higher, the better. */
  readonly score: number;
  /** Mean loss. */
  readonly loss: number;
  /** The objective's metrics. */
  readonly metrics: Metrics;
  /** Images that passed forward for it, those of the recalibration too: report them as progress. */
  readonly images: number;
}

/** Settings of {@linkcode SearchContext.score}. */
export interface ScoreOptions {
  /** Which channels are kept. */
  readonly ranking?: Ranking;
  /**
   * How many images of the architecture half are used, drawn by class where each has one, the same in
   * every score.
   *
   * @default all
   */
  readonly images?: number;
  /**
   * Images per batch.
   *
   * @default {250}
   */
  readonly batchSize?: number;
}

/** How {@linkcode SearchContext.expectedCost} counts. */
export interface ExpectationOptions {
  /**
   * Whether the projections that unequal widths need are counted.
   *
   * @default {"omitted"}
   */
  readonly projections?: "omitted" | "expected";
}

/** A cost that the budget limits, as long as it is a sum over nodes: no other has an expectation. */
export interface LimitedCost {
  /** The most that is allowed. */
  readonly limit: BudgetLimit;
  /** True cost, as {@linkcode SearchContext.cost}. */
  cost(choices: Choices): number;
  /** Expected cost, as {@linkcode SearchContext.expectedCost}. */
  expectedCost(
    probabilities: ReadonlyMap<DecisionId, Tensor1D>,
    options?: ExpectationOptions,
  ): Scalar;
}

/** What a strategy works with. The test split is not in it. */
export interface SearchContext {
  /** The unpruned network. */
  readonly blueprint: Blueprint;
  /** All decisions, about widths and depths. */
  readonly decisions: readonly Decision[];
  /** What is learned: loss and metrics. */
  readonly objective: Objective;
  /** What images and labels are like. */
  readonly data: DataForm;
  /** Where the true cost must end. */
  readonly budget: BudgetZone;
  /** A copy of the trained unpruned network, if the pipeline has one. */
  readonly teacher?: TrainedNetwork;
  /** Source of randomness. */
  readonly random: Random;
  /** Aborted when the run is stopped; check it after every step. */
  readonly signal: AbortSignal;
  /** Keeps unfinished work, so that a search that died goes on in its middle. */
  readonly checkpoint: Checkpoint;
  /**
   * True cost of the derived blueprint, in the budget's unit, without deriving it. Decisions that
   * are absent count as unpruned.
   *
   * @param choices What is chosen.
   * @param options Which channels are kept, where projections depend on it.
   */
  cost(choices: Choices, options?: { readonly ranking?: Ranking }): number;
  /**
   * By how much choices exceed the budget's limits: the sum of what is too much, each as a share of the
   * unpruned network's cost. 0 where all are held, and without limits.
   *
   * @param choices What is chosen.
   * @param options Which channels are kept, where projections depend on it.
   */
  excess(choices: Choices, options?: { readonly ranking?: Ranking }): number;
  /**
   * Expected cost, in the budget's unit, differentiable with respect to the probabilities.
   *
   * @param probabilities [candidates] by decision.
   * @param options Whether the projections that unequal widths need are counted.
   */
  expectedCost(
    probabilities: ReadonlyMap<DecisionId, Tensor1D>,
    options?: ExpectationOptions,
  ): Scalar;
  /** What else the budget limits. */
  readonly limited: readonly LimitedCost[];
  /** The supernet, built at the first call and disposed by the search phase. */
  supernet(): Network;
  /**
   * Shuffled, augmented training batches of one half of the training images. Where images have one
   * class each, both halves have the same class proportions.
   */
  batches(half: "weights" | "architecture", options: {
    readonly epoch: number;
    readonly batchSize: number;
    /** Batches at the start that were used already. Default: none. */
    readonly skip?: number;
  }): Batches;
  /**
   * How good the derived network with the teacher's weights and recalibrated norms is on the
   * architecture half.
   *
   * @throws {EspalierError} ERR_CONFIG_INVALID without a teacher.
   */
  score(choices: Choices, options?: ScoreOptions): Promise<Score>;
  /** Draw uniformly among the architectures inside the budget's zone and within its limits. */
  uniform(random: { readonly name: string; readonly index: number }): Choices;
  /** Report progress. Also yields to the event loop, and throws if the run was stopped. */
  progress(report: SearchProgress): Promise<void>;
}

/** What a strategy found. The search phase repairs it into the zone if need be. */
export interface SearchResult {
  /** The chosen candidate values. */
  readonly choices: Choices;
  /** Probability of each candidate, by decision. A repair loses as little of it as it can. */
  readonly probabilities?: Readonly<Record<DecisionId, readonly number[]>>;
  /** Which channels are kept. */
  readonly ranking?: Ranking;
  /**
   * Weights of the unpruned network, where the search has trained them on: transfers inherit these in
   * the place of the teacher's.
   */
  readonly weights?: Weights;
}

/** Finds an architecture under a budget. */
export interface SearchStrategy {
  /** Name, for reports. */
  readonly name: string;
  /** What earlier phases must have made. */
  readonly needs?: readonly "teacher"[];
  /**
   * Refuse, before any work, a network or decisions that it cannot search.
   *
   * @throws {EspalierError} Which says what does not fit.
   */
  check?(blueprint: Blueprint, decisions: readonly Decision[]): void;
  /** Search; resolves to an architecture in or near the zone. */
  search(context: SearchContext): Promise<SearchResult>;
}

function probabilitiesFlaw(
  probabilities: Readonly<Record<DecisionId, readonly number[]>>,
  decisions: readonly Decision[],
): Flaw {
  for (const { id, candidates } of decisions) {
    const row = probabilities[id];
    if (!Array.isArray(row) || row.length !== candidates.length) {
      return `must have ${candidates.length} probabilities of "${id}": ${told(row)}`;
    }
    const flaw = row.map((value) => numberFlaw(value, 0)).find((flaw) => flaw !== undefined);
    if (flaw !== undefined) return `has a probability of "${id}", which ${flaw}`;
  }
  return undefined;
}

function resultFlaw(found: SearchResult, [{ decisions }]: [SearchContext]): Flaw {
  const { choices, probabilities, weights } = Object(found) as Partial<SearchResult>;
  const flaw = numbersFlaw(choices);
  if (flaw !== undefined) return `must hold choices, which ${flaw}`;
  const inherited = weights && weightsFlaw(weights);
  if (inherited !== undefined) return `must hold weights, which ${inherited}`;
  return probabilities && probabilitiesFlaw(probabilities, decisions);
}

/** Token of the {@linkcode SearchStrategy} of a run. */
export const SearchStrategyToken: Token<SearchStrategy> = createToken<SearchStrategy>(
  "@espalier/core/SearchStrategy",
  { members: { name: nameFlaw, search: methodFlaw }, returns: { search: resultFlaw } },
);
