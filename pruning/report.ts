import type { BudgetZone, Metrics } from "@espalier/core";
import type { ChannelStatistics } from "@espalier/training";

/** How long an image takes, in milliseconds. */
export interface InferenceTime {
  /** What was run: the compiled network, as a search and training do, or the exported LayersModel. */
  readonly runs: "network" | "exported";
  /** Images of a pass. */
  readonly batch: number;
  /** A quarter of the passes took less. */
  readonly lower: number;
  /** Half of them took less. */
  readonly median: number;
  /** Three quarters of them took less. */
  readonly upper: number;
}

/** One network of a report. */
export interface ReportRow {
  /** `unpruned`, `pruned` (without transfers) or `transferred`. */
  readonly name: string;
  /** The objective's metrics on the test split, as `accuracy`. */
  readonly metrics: Metrics;
  /** Mean loss on the test split. */
  readonly loss: number;
  /** Costs by the name of their model. */
  readonly costs: Readonly<Record<string, number>>;
  /** Inference times on the engine of the report, all networks in turn. */
  readonly times: readonly InferenceTime[];
}

/** How well a derived network agrees with the one that it was cut out of. */
export interface Surgery {
  /** Images that both saw. */
  readonly images: number;
  /**
   * Largest difference of an output between the derived network with inherited weights and the unpruned
   * one whose layers read none of the dropped channels.
   */
  readonly difference: number;
}

/** What a search took, for comparisons at equal effort. */
export interface SearchEffort {
  /** Name of the strategy. */
  readonly strategy: string;
  /** Images passed forward: of the batches that it took, and for its scores. */
  readonly images: number;
}

/** What the `evaluate` phase measured. */
export interface Report {
  /** Name of the unpruned network. */
  readonly network: string;
  /** Name of the data. */
  readonly dataset: string;
  /** Name of the engine. */
  readonly engine: string;
  /** The zone that contains the pruned network's cost. */
  readonly budget: BudgetZone;
  /** Mean and deviation that normalise images; bytes count as 0..1. */
  readonly normalization: ChannelStatistics;
  /** Number of test images. */
  readonly testImages: number;
  /** Proof of the surgery; absent where there is nothing to compare. */
  readonly surgery?: Surgery;
  /** What the search took; absent where there was none. */
  readonly effort?: SearchEffort;
  /** Name of the metric that leads. */
  readonly metric: string;
  /** What the same guess for every test image reaches; absent where the objective has none. */
  readonly baseline?: Metrics;
  /** The networks. */
  readonly rows: readonly ReportRow[];
}
