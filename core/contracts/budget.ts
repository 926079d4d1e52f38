/**
 * An amount of a cost: a share of the unpruned network's if at most 1, else in the unit of the cost.
 * Text has a unit: `60%`, `1.5M` (also `k`, `G`), of bytes `2MB` or `512KiB`, of times `0.8ms`.
 */
export type Amount = number | string;

/** A target cost and its tolerance, as the user writes them. */
export interface Budget {
  /** Name of the cost model, as in `macs`. */
  readonly cost: string;
  /** Share of the unpruned cost if at most 1, else the cost itself; or text, as `40%` or `0.8ms`. */
  readonly target: Amount;
  /**
   * Width of the zone.
   *
   * @default {0.05}
   */
  readonly tolerance?: number;
  /**
   * `around`: (1 ± tolerance) · target. `below`: from target − tolerance · unpruned cost to target.
   *
   * @default {"around"}
   */
  readonly zone?: "around" | "below";
  /**
   * The most that other costs may be, by the name of their model, as `{ params: 0.6, peakMemory: "2MB" }`.
   *
   * @default none
   */
  readonly limits?: Readonly<Record<string, Amount>>;
}

/** The most that a cost may be beside the target. */
export interface BudgetLimit {
  /** Name of the cost model. */
  readonly cost: string;
  /** Unit of the numbers. */
  readonly unit: string;
  /** The most that is allowed. */
  readonly high: number;
  /** Cost of the unpruned network. */
  readonly unpruned: number;
  /** The lowest cost that can be reached. */
  readonly smallest: number;
}

/** The zone [low, high] in which a true cost must end, shared by strategy, repair and loss. */
export interface BudgetZone {
  /** Name of the cost model. */
  readonly cost: string;
  /** Unit of the numbers. */
  readonly unit: string;
  /** Target cost. */
  readonly target: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Cost of the unpruned network. */
  readonly unpruned: number;
  /** Cost of the smallest architecture: the lowest that can be reached. */
  readonly smallest: number;
  /** What else is limited; absent where nothing is. */
  readonly limits?: readonly BudgetLimit[];
}
