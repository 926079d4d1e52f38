import type { Scalar, Tensor1D } from "@tensorflow/tfjs";
import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { BudgetLimit, BudgetZone } from "./budget.ts";
import type { Choices, DecisionId } from "./decision.ts";
import { methodFlaw, nameFlaw, numberFlaw, scheduleFlaw, tensorFlaw } from "./flaws.ts";
import type { Moment, Schedule } from "./schedule.ts";
import type { Stateful } from "./stateful.ts";

/** What a regularizer sees in one architecture step. */
export interface RegularizerInput extends Moment {
  /** Expected cost under the current probabilities, in the budget's unit; differentiable. */
  readonly expected: Scalar;
  /** True cost of the most probable architecture, in the budget's unit. */
  readonly actual: number;
  /** The most probable architecture. */
  readonly choices: Choices;
  /** Where the cost should end. */
  readonly budget: BudgetZone;
  /** The costs that the budget limits and that have an expectation, each in its own unit. */
  readonly limited: readonly LimitedInput[];
  /** Probabilities without noise, [candidates] by decision; differentiable. */
  readonly probabilities: ReadonlyMap<DecisionId, Tensor1D>;
  /** Logits, [candidates] by decision; differentiable. */
  readonly logits: ReadonlyMap<DecisionId, Tensor1D>;
}

/** A limited cost, as a regularizer sees it. */
export interface LimitedInput {
  /** The most that is allowed. */
  readonly limit: BudgetLimit;
  /** Expected cost under the current probabilities; differentiable. */
  readonly expected: Scalar;
  /** True cost of the most probable architecture. */
  readonly actual: number;
}

/** A term of the architecture loss. */
export interface Regularizer extends Stateful {
  /** Name, for progress. */
  readonly name: string;
  /** Factor of the term. */
  readonly weight: Schedule;
  /** The term, before its factor. */
  loss(input: RegularizerInput): Scalar;
}

/** Token of the {@linkcode Regularizer}s of a run. */
export const RegularizerToken: ManyToken<Regularizer> = createManyToken<Regularizer>(
  "@espalier/core/Regularizer",
  {
    members: { name: nameFlaw, weight: (weight) => scheduleFlaw(weight), loss: methodFlaw },
    returns: { weight: (made) => numberFlaw(made), loss: (made) => tensorFlaw(made, []) },
  },
);
