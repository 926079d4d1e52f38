import type { Tensor2D } from "@tensorflow/tfjs";
import { createToken, type Token } from "../plugin/token.ts";
import type { RandomStream } from "../random/random.ts";
import type { Decision, Mixture } from "./decision.ts";

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
}

/** Turns the logits of decisions into mixtures of candidates. */
export interface Sampler {
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

/** Token of the {@linkcode Sampler} of a run. */
export const SamplerToken: Token<Sampler> = createToken<Sampler>("@espalier/core/Sampler");
