/**
 * Data-parallel ranks: the same network on several threads, each with a share of the batch. What sums
 * over the batch is added across ranks, so the result is that of one big batch, up to rounding.
 *
 * The first rank is the caller's thread: its tape, loss and optimizer are the only ones that count.
 * The others hold replicas, which follow its passes (`follower.ts`). Core knows only how to speak to
 * them; an engine brings the threads.
 *
 * @module
 */
import type { Blueprint, Decision, DecisionId, ForwardOptions } from "@espalier/core";

/** What the first rank tells the others; plain data but for the shared memory. */
export type RankMessage = OpenMessage | PassMessage | CloseMessage;

/** Make a replica of a network. */
export interface OpenMessage {
  /** Discriminant. */
  readonly kind: "open";
  /** Names the network in later messages; a second message replaces the first. */
  readonly network: number;
  /** What to compile. */
  readonly blueprint: Blueprint;
  /** Its decisions. */
  readonly decisions: readonly Decision[];
  /** Seed of its random streams. */
  readonly seed: number;
  /** Matrices of its linear aggregator by `from,to`. */
  readonly matrices: ReadonlyMap<string, Float32Array>;
  /** Images that the shared memory has room for. */
  readonly room: number;
  /** The shared memory. */
  readonly memory: SharedArrayBuffer;
}

/** Follow a pass. */
export interface PassMessage {
  /** Discriminant. */
  readonly kind: "pass";
  /** The network. */
  readonly network: number;
  /** Number of the pass. */
  readonly pass: number;
  /** Images of each rank. */
  readonly shares: readonly number[];
  /** Whether the pass will be differentiated. */
  readonly gradient: boolean;
  /** Whether the executor runs it. */
  readonly executed: boolean;
  /** Its settings. */
  readonly options: Pick<ForwardOptions, "training" | "frozen" | "step">;
  /** Its mixtures. */
  readonly mixtures: readonly (readonly [DecisionId, HostMixture])[];
}

/** A mixture on the host. */
export interface HostMixture {
  /** The candidates. */
  readonly indices: readonly number[];
  /** Their weights. */
  readonly weights: Float32Array;
}

/** Forget a network. */
export interface CloseMessage {
  /** Discriminant. */
  readonly kind: "close";
  /** The network. */
  readonly network: number;
}

/** The ranks besides the first, while they live. */
export interface RankTeam {
  /** Tell every rank, which takes messages in their order. Never waits. */
  post(message: RankMessage): void;
  /** Why a rank failed, if one did. It can be asked while the event loop stands still. */
  failure(): string | undefined;
  /** End the ranks. */
  end(): void;
}

/** Where ranks come from. */
export interface RankPool {
  /** Number of ranks, the first included. */
  readonly size: number;
  /**
   * Multiply-adds that a rank must have to do between two sums over the batch, for a batch to be
   * shared: those of its images' forward pass, by norm.
   */
  readonly minimumWork: number;
  /** How long a silent rank is waited for, in milliseconds. */
  readonly patience: number;
  /** The ranks; starts them when there are none, or their end was asked for. */
  team(): RankTeam;
}
