import type { Scalar } from "@tensorflow/tfjs";
import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { BudgetZone } from "./budget.ts";

/** What a regularizer sees in one architecture step. */
export interface RegularizerInput {
  /** Expected cost under the current probabilities, in the budget's unit; differentiable. */
  readonly expected: Scalar;
  /** True cost of the most probable architecture, in the budget's unit. */
  readonly actual: number;
  /** Where the cost should end. */
  readonly budget: BudgetZone;
}

/** A term of the architecture loss. */
export interface Regularizer {
  /** Name, for progress. */
  readonly name: string;
  /** Factor of the term. */
  readonly weight: number;
  /** The term, before its factor. */
  loss(input: RegularizerInput): Scalar;
}

/** Token of the {@linkcode Regularizer}s of a run. */
export const RegularizerToken: ManyToken<Regularizer> = createManyToken<Regularizer>(
  "@espalier/core/Regularizer",
);
