import { objective, penalty, regularizer, transfer } from "./loss_pieces.ts";
import { cost, importance, phase } from "./measure_pieces.ts";
import type { Piece } from "./piece.ts";
import { aggregator, sampler, space, strategy } from "./search_pieces.ts";

/** What a new plugin may bring. */
export type Contract =
  | "strategy"
  | "sampler"
  | "aggregator"
  | "transfer"
  | "importance"
  | "cost"
  | "regularizer"
  | "objective"
  | "space"
  | "phase"
  | "penalty";

/** Pieces by contract. */
export const PIECES: Readonly<Record<Contract, Piece>> = {
  ...{ strategy, sampler, aggregator, transfer, importance, cost },
  ...{ regularizer, objective, space, phase, penalty },
};

/** All contracts. */
export const CONTRACTS: readonly Contract[] = Object.keys(PIECES) as Contract[];
