import type { Architecture, Blueprint, TrainedNetwork, Weights } from "@espalier/core";
import type { Report, SearchEffort, Surgery } from "./report.ts";

/** What `pretrain` and `loadTeacher` make. */
export interface HasTeacher {
  /** The trained unpruned network. */
  readonly teacher: TrainedNetwork;
}

/** What `search` makes. */
export interface HasArchitecture {
  /** The architecture, inside the budget's zone. */
  readonly architecture: Architecture;
}

/** What `search` makes of a strategy that trains. */
export interface HasTuned {
  /**
   * Weights of the unpruned network as the search has trained them on, which transfers inherit in the
   * place of the teacher's; null where it trained none.
   */
  readonly tuned: Weights | null;
}

/** What `search` makes besides. */
export interface HasEffort {
  /** What the search took; its time is in the event `search:end`. */
  readonly effort: SearchEffort;
}

/** What `derive` makes. */
export interface HasPruned {
  /** The derived blueprint. */
  readonly pruned: Blueprint;
}

/** What `derive` makes besides. */
export interface HasSurgery {
  /**
   * The proof of the surgery; null where there is nothing to compare: no teacher, projections, cut stages or
   * wider layers.
   */
  readonly surgery: Surgery | null;
}

/** What `train` makes. */
export interface HasStudent {
  /** The trained derived network. */
  readonly student: TrainedNetwork;
}

/** What `trainControl` makes. */
export interface HasControl {
  /** The derived network trained without transfers; null where there are none. */
  readonly control: TrainedNetwork | null;
}

/** What `evaluate` makes. */
export interface HasReport {
  /** The measurements. */
  readonly report: Report;
}
