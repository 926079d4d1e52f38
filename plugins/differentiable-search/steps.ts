import type { Batch, Mixtures, Network, Regularizer, Sampler, SearchContext } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import {
  checkLoss,
  countCorrect,
  lossGradients,
  type Optimizer,
  toTensors,
} from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import type { ArchitectureParameters } from "./architecture_parameters.ts";
import type { DifferentiableSearchOptions } from "./options.ts";

/** What both steps work with. */
export interface Search {
  /** Budget, cost and randomness. */
  readonly context: Pick<SearchContext, "budget" | "expectedCost" | "random">;
  /** The shared weights. */
  readonly supernet: Network;
  /** Alpha and beta. */
  readonly parameters: ArchitectureParameters;
  /** Draws mixtures. */
  readonly sampler: Sampler;
  /** Terms of the architecture loss. */
  readonly regularizers: readonly Regularizer[];
  /** Size of an image, and number of classes. */
  readonly data: {
    readonly shape: readonly [height: number, width: number, channels: number];
    readonly classes: number;
  };
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
}

/** What a weights step measured. */
export interface StepResult {
  /** Cross-entropy in nats, mean over the batch. */
  readonly loss: number;
  /** Correctly classified images. */
  readonly correct: number;
  /** Images of the batch. */
  readonly images: number;
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
 * @returns Loss and accuracy of the sampled network.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE.
 */
export function weightsStep(search: Search, input: StepInput): StepResult {
  const { supernet, parameters, sampler, sgd, data } = search;
  const { batch, rate, ...at } = input;
  return tf.tidy(() => {
    const { images, labels } = toTensors(batch, data);
    const mixtures = parameters.sample(sampler, { stream: "search/noise/weights", ...at });
    const options = { training: true, mixtures, step: dropoutOf(search, input, 0) };
    let logits: Tensor2D | undefined;
    try {
      const { loss, gradients } = lossGradients(() => {
        logits = tf.keep(supernet.forward(images, options).logits);
        return softmaxCrossEntropy(logits, labels);
      }, supernet.parameters);
      const [value] = loss.dataSync();
      checkLoss(value!, { phase: "search", ...at, advice: "Lower weights.rate." });
      sgd.apply(supernet.parameters, { gradients, rate });
      return { loss: value!, correct: countCorrect(logits!, batch.labels), images: batch.size };
    } finally {
      logits?.dispose();
    }
  });
}

/** Cross-entropy plus the weighted regularizers: L_val (TAS, eq. 7). */
function validationLoss(
  { context, supernet, parameters, sampler, regularizers, options }: Search,
  { images, labels, mixtures, step, actual }: {
    readonly images: tf.Tensor4D;
    readonly labels: Tensor2D;
    readonly mixtures: Mixtures;
    readonly step: number;
    readonly actual: number;
  },
): Scalar {
  const { logits } = supernet.forward(images, { training: true, mixtures, frozen: true, step });
  const task = softmaxCrossEntropy(logits, labels);
  if (regularizers.length === 0) return task;
  const { budget } = context;
  const { projections } = options;
  const expected = context.expectedCost(parameters.probabilities(sampler), { projections });
  return tf.addN([
    task,
    ...regularizers.map((term) => tf.mul(term.loss({ expected, actual, budget }), term.weight)),
  ]) as Scalar;
}

/**
 * Train alpha and beta on a batch of the other half (TAS, algorithm 1) by the first-order gradient:
 * the shared weights are constants.
 *
 * @param search What is trained.
 * @param input The batch, and the true cost of the most probable architecture.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE.
 */
export function architectureStep(
  search: Search,
  { actual, ...input }: StepInput & { readonly actual: number },
): void {
  const { parameters, sampler, adam, data } = search;
  const { batch, rate, ...at } = input;
  const { variables } = parameters;
  tf.tidy(() => {
    const tensors = toTensors(batch, data);
    const { loss, gradients } = lossGradients(() => {
      const mixtures = parameters.sample(sampler, { stream: "search/noise/architecture", ...at });
      const step = dropoutOf(search, input, 1);
      return validationLoss(search, { ...tensors, mixtures, step, actual });
    }, variables);
    checkLoss(loss.dataSync()[0]!, { phase: "search", ...at, advice: "Lower architecture.rate." });
    adam.apply(variables, { gradients, rate });
  });
}
