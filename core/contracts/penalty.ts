import type { Scalar, Variable } from "@tensorflow/tfjs";
import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { Blueprint } from "./blueprint.ts";
import { methodFlaw, nameFlaw, numberFlaw, scheduleFlaw, tensorFlaw } from "./flaws.ts";
import type { Moment, Schedule } from "./schedule.ts";
import type { Stateful } from "./stateful.ts";

/** What a penalty sees in one step. */
export interface PenaltyInput extends Moment {
  /** The network in training. */
  readonly blueprint: Blueprint;
  /** Its trainable variables by name, as in `stem/norm/gamma`; see `Network`. */
  readonly parameters: ReadonlyMap<string, Variable>;
}

/**
 * A term on the weights in every training, of the supernet's weights too: weight decay of one's own,
 * sparsity of the norms' scales (Liu et al., "Network Slimming", ICCV 2017).
 */
export interface Penalty extends Stateful {
  /** Name, for errors. */
  readonly name: string;
  /** Factor of the term; at 0 it is not computed. A schedule sees the phase. */
  readonly weight: Schedule;
  /** The term, before its factor. */
  loss(input: PenaltyInput): Scalar;
}

/** Token of the {@linkcode Penalty}s of a run. */
export const PenaltyToken: ManyToken<Penalty> = createManyToken<Penalty>(
  "@espalier/core/Penalty",
  {
    members: { name: nameFlaw, weight: (weight) => scheduleFlaw(weight), loss: methodFlaw },
    returns: { weight: (made) => numberFlaw(made), loss: (made) => tensorFlaw(made, []) },
  },
);
