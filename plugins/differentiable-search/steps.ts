import {
  type Batch,
  type ByOutput,
  type Choices,
  contractError,
  type Mixtures,
  type Moment,
  type Network,
  type Penalty,
  type Regularizer,
  type RegularizerInput,
  type Sampler,
  type SearchContext,
  valueAt,
} from "@espalier/core";
import {
  answer,
  type BatchResult,
  blameTerms,
  checkLoss,
  isFiniteTensor,
  labelsByOutput,
  listed,
  lossGradients,
  objectiveTerms,
  type Optimizer,
  penaltyTerms,
  type Term,
  toTensors,
} from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import type { ArchitectureParameters } from "./architecture_parameters.ts";
import type { Probabilities } from "./choose.ts";
import type { DifferentiableSearchOptions } from "./options.ts";

/** What both steps work with. */
export interface Search {
  /** Data, objective, budget, cost and randomness. */
  readonly context: Pick<
    SearchContext,
    "budget" | "data" | "expectedCost" | "limited" | "objective" | "random"
  >;
  /** The shared weights. */
  readonly supernet: Network;
  /** Alpha and beta. */
  readonly parameters: ArchitectureParameters;
  /** Draws mixtures. */
  readonly sampler: Sampler;
  /** Terms of the architecture loss. */
  readonly regularizers: readonly Regularizer[];
  /** Terms on the shared weights. */
  readonly penalties: readonly Penalty[];
  /** Optimizer of the shared weights. */
  readonly sgd: Optimizer;
  /** Optimizer of alpha and beta. */
  readonly adam: Optimizer;
  /** Options of the plugin. */
  readonly options: DifferentiableSearchOptions;
}

/** One step. */
export interface StepInput {
  /** The images. */
  readonly batch: Batch;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Epochs of the search. */
  readonly epochs: number;
  /** Step within the epoch, from 0. */
  readonly step: number;
  /** Learning rate. */
  readonly rate: number;
  /** The most probable architecture. */
  readonly choices: Choices;
  /** Its true cost, in the budget's unit. */
  readonly actual: number;
}

const PHASE = "search";

const momentOf = ({ epoch, epochs }: StepInput): Moment => ({ phase: PHASE, epoch, epochs });

/** Draw the mixtures of a step. */
function sampled(
  { context: { budget }, parameters, sampler }: Search,
  { epoch, epochs, step, actual }: StepInput,
  stream: string,
): Mixtures {
  return parameters.sample(sampler, { stream, epoch, epochs, step, budget: { ...budget, actual } });
}

/**
 * Refuse probabilities that are not finite.
 *
 * @throws {EspalierError} ERR_PLUGIN_CONTRACT, which names the sampler, if the logits are finite;
 * else ERR_LOSS_NOT_FINITE.
 */
export function checkProbabilities(
  { parameters, sampler }: Pick<Search, "parameters" | "sampler">,
  probabilities: Probabilities,
  { epoch, step }: { readonly epoch: number; readonly step: number },
): void {
  const rows = Object.values(probabilities);
  if (rows.every((row) => row.every((value) => value >= 0 && value < Infinity))) return;
  if ([...parameters.variables.values()].every(isFiniteTensor)) {
    throw contractError(sampler, "probabilities", "must be finite and at least 0");
  }
  checkLoss(NaN, { phase: PHASE, epoch, step, advice: "Lower architecture.rate." });
}

/**
 * Explain a loss that is not finite: by a sampler whose weights are not, though the logits are, by the
 * objective or a term, or by the learning rate.
 */
function explainLoss({ parameters, sampler }: Search, { loss, mixtures, task, terms, at, advice }: {
  readonly loss: number;
  readonly mixtures: Mixtures;
  /** The objective's term. */
  readonly task: () => readonly Term[];
  readonly terms: readonly Term[];
  readonly at: StepInput;
  readonly advice: string;
}): void {
  if (Number.isFinite(loss)) return;
  if ([...parameters.variables.values()].every(isFiniteTensor)) {
    for (const [id, { weights }] of mixtures) {
      if (isFiniteTensor(weights)) continue;
      throw contractError(sampler, "sample", `must have finite weights: those of "${id}" are not`);
    }
    blameTerms([...task(), ...terms]);
  }
  checkLoss(loss, { phase: PHASE, ...at, advice });
}

/** Key of the dropout draw of a step. */
function dropoutOf(
  { context: { random } }: Search,
  { epoch, step }: StepInput,
  half: 0 | 1,
): number {
  return random.stream("search/dropout", epoch, step, half).integer(2 ** 31);
}

/**
 * Train the shared weights on a batch of their half (TAS, algorithm 1). The mixtures are
 * constants in this step.
 *
 * @param search What is trained.
 * @param input The batch.
 * @returns Loss of the sampled network, and what the metrics are computed from.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE, or ERR_PLUGIN_CONTRACT where a plugin is to blame.
 */
export function weightsStep(search: Search, input: StepInput): BatchResult {
  const { context: { data, objective }, supernet, sgd, penalties } = search;
  const { batch, rate } = input;
  return tf.tidy(() => {
    const { labels, ...inputs } = toTensors(batch, data);
    const mixtures = sampled(search, input, "search/noise/weights");
    const options = { training: true, mixtures, step: dropoutOf(search, input, 0) };
    const terms = penaltyTerms(penalties, supernet, momentOf(input));
    let outputs: ByOutput<Tensor> | undefined;
    try {
      const { loss, gradients } = lossGradients(() => {
        outputs = answer(supernet, { ...inputs, data }, options);
        listed(outputs).forEach(tf.keep);
        return terms.reduce<Scalar>(
          (total, { value }) => total.add(value()),
          objective.loss(outputs, labels),
        );
      }, supernet.parameters);
      const value = loss.dataSync()[0]!;
      explainLoss(search, {
        loss: value,
        mixtures,
        task: () => objectiveTerms(objective, outputs!, labels),
        terms,
        at: input,
        advice: "Lower weights.rate.",
      });
      sgd.apply(supernet.parameters, { gradients, rate });
      const sums = objective.tally(outputs!, labelsByOutput(batch.labels, data));
      return { loss: value, sums, images: batch.size };
    } finally {
      tf.dispose(outputs ?? []);
    }
  });
}

/** The weighted regularizers: the second part of L_val (TAS, eq. 7). */
function regularizerTerms(search: Search, input: StepInput): Term[] {
  const { context, parameters, sampler, regularizers, options: { projections } } = search;
  const { choices } = input;
  if (regularizers.length === 0) return [];
  const probabilities = parameters.probabilities(sampler);
  const at = momentOf(input);
  const seen: RegularizerInput = {
    ...at,
    expected: context.expectedCost(probabilities, { projections }),
    actual: input.actual,
    choices,
    budget: context.budget,
    limited: context.limited.map(({ limit, cost, expectedCost }) => ({
      ...{ limit, actual: cost(choices) },
      // Only what exceeds its limit is asked for.
      get expected() {
        return expectedCost(probabilities, { projections });
      },
    })),
    probabilities,
    get logits() {
      return parameters.rows();
    },
  };
  return regularizers.map((term) => ({
    service: term,
    value: () => tf.mul(term.loss(seen), valueAt(term.weight, at)) as Scalar,
  }));
}

/**
 * Train alpha and beta on a batch of the other half (TAS, algorithm 1) by the first-order gradient:
 * the shared weights are constants. The loss is the objective's plus the regularizers: L_val
 * (TAS, eq. 7).
 *
 * @param search What is trained.
 * @param input The batch.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE, or ERR_PLUGIN_CONTRACT where a plugin is to blame.
 */
export function architectureStep(search: Search, input: StepInput): void {
  const { context: { data, objective }, supernet, parameters, adam } = search;
  const { batch, rate } = input;
  const { variables } = parameters;
  tf.tidy(() => {
    const { labels, ...inputs } = toTensors(batch, data);
    const step = dropoutOf(search, input, 1);
    const draw = () => sampled(search, input, "search/noise/architecture");
    const { loss, gradients } = lossGradients(() => {
      const options = { training: true, mixtures: draw(), frozen: true, step };
      const task = objective.loss(answer(supernet, { ...inputs, data }, options), labels);
      const terms = regularizerTerms(search, input).map(({ value }) => value());
      return terms.length === 0 ? task : tf.addN([task, ...terms]) as Scalar;
    }, variables);
    const value = loss.dataSync()[0]!;
    if (!Number.isFinite(value)) {
      const terms = regularizerTerms(search, input);
      const advice = "Lower architecture.rate.";
      const mixtures = draw();
      const task = () => {
        const options = { training: true, mixtures, frozen: true, step };
        return objectiveTerms(objective, answer(supernet, { ...inputs, data }, options), labels);
      };
      explainLoss(search, { loss: value, mixtures, task, terms, at: input, advice });
    }
    adam.apply(variables, { gradients, rate });
  });
}
