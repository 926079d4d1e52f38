/** A target cost and its tolerance, as the user writes them. */
export interface Budget {
  /** Name of the cost model, as in `macs`. */
  readonly cost: string;
  /** Share of the unpruned cost if at most 1, else the cost itself. */
  readonly target: number;
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
}
