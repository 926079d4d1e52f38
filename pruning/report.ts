import type { BudgetZone } from "@espalier/core";
import type { ChannelStatistics } from "@espalier/training";

/** One network of a report. */
export interface ReportRow {
  /** `unpruned`, `pruned` (without transfers) or `transferred`. */
  readonly name: string;
  /** On the test split, 0 to 1. */
  readonly accuracy: number;
  /** Mean cross-entropy on the test split. */
  readonly loss: number;
  /** Costs by the name of their model. */
  readonly costs: Readonly<Record<string, number>>;
  /** Median time of one image in inference, in batches of 32. */
  readonly msPerImage: number;
}

/** What a pipeline measured at its end. */
export interface Report {
  /** The unpruned network. */
  readonly network: string;
  /** The data. */
  readonly dataset: string;
  /** What computed. */
  readonly engine: string;
  /** The zone in which the pruned network's cost lies. */
  readonly budget: BudgetZone;
  /** What images are normalised by before they enter a network; bytes count as 0..1. */
  readonly normalization: ChannelStatistics;
  /** Test images behind each accuracy. */
  readonly testImages: number;
  /** The networks. */
  readonly rows: readonly ReportRow[];
}
