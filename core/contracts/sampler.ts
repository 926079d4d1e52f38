import type { Tensor2D } from "@tensorflow/tfjs";
import { createToken, type Flaw, type Token } from "../plugin/token.ts";
import type { RandomStream } from "../random/random.ts";
import type { BudgetZone } from "./budget.ts";
import type { Decision, Mixture } from "./decision.ts";
import { isTensor, listFlaw, methodFlaw, numbersFlaw, tensorFlaw, told } from "./flaws.ts";
import type { Stateful } from "./stateful.ts";

/** Settings of one draw. */
export interface SampleOptions {
  /** The decisions, one per row. */
  readonly decisions: readonly Decision[];
  /** Candidates to draw per row: `"all"`; absent: as many as the sampler is configured for. */
  readonly count?: "all";
  /** Epoch of the search, from 0. */
  readonly epoch: number;
  /** Epochs of the search. */
  readonly epochs: number;
  /** Source of noise; the same stream gives the same draw. */
  readonly random: RandomStream;
  /** Where the cost must end, and the true cost of the most probable architecture now. */
  readonly budget: BudgetZone & { readonly actual: number };
}

/** Turns the logits of decisions into mixtures of candidates. */
export interface Sampler extends Stateful {
  /**
   * Draw for all decisions of a kind at once.
   *
   * @param logits [decisions, most candidates]; entries past a row's candidates are −1e9.
   * @param options The draw.
   * @returns One mixture per row, differentiable with respect to `logits` through its weights.
   */
  sample(logits: Tensor2D, options: SampleOptions): Mixture[];
  /** Probabilities without noise, [decisions, most candidates], differentiable. */
  probabilities(logits: Tensor2D): Tensor2D;
  /** Scheduled values to show for an epoch, as in `{ tau: 4.2 }`. */
  schedule?(at: { readonly epoch: number; readonly epochs: number }): Readonly<
    Record<string, number>
  >;
}

function mixtureFlaw(mixture: Mixture, { id, candidates }: Decision): Flaw {
  const { indices, weights } = Object(mixture) as Partial<Mixture>;
  const mixes = `must mix candidates of "${id}"`;
  if (!Array.isArray(indices) || indices.length === 0 || new Set(indices).size < indices.length) {
    return `${mixes} by distinct indices: ${told(indices)}`;
  }
  const stray = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= candidates.length);
  if (stray !== undefined) return `${mixes} 0 to ${candidates.length - 1}: ${told(stray)}`;
  if (isTensor(weights) && weights.shape.join() === `${indices.length}`) return undefined;
  return `${mixes} with weights [${indices.length}]: ${told(weights)}`;
}

function mixturesFlaw(mixtures: readonly Mixture[], decisions: readonly Decision[]): Flaw {
  const flaw = listFlaw(mixtures, decisions.length);
  if (flaw !== undefined) return flaw;
  for (const [row, decision] of decisions.entries()) {
    const wrong = mixtureFlaw(mixtures[row]!, decision);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Token of the {@linkcode Sampler} of a run. */
export const SamplerToken: Token<Sampler> = createToken<Sampler>("@espalier/core/Sampler", {
  members: { sample: methodFlaw, probabilities: methodFlaw },
  returns: {
    sample: (made, [, { decisions }]) => mixturesFlaw(made, decisions),
    probabilities: (made, [logits]) => tensorFlaw(made, logits.shape),
    schedule: numbersFlaw,
  },
});
