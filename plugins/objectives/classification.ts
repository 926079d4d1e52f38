import { EspalierError, type Objective } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import { plainClassification } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import type { ClassificationOptions } from "./options.ts";

/**
 * (1 − ε) · label + ε / classes.
 *
 * Source: Szegedy et al., "Rethinking the Inception Architecture" (CVPR 2016), section 7.
 *
 * @param labels One-hot, [batch, classes].
 * @param share ε.
 * @returns Smoothed labels, whose rows sum to 1.
 */
export function smoothed(labels: Tensor, share: number): Tensor {
  if (share === 0) return labels;
  return tf.add(tf.mul(labels, 1 - share), share / labels.shape.at(-1)!);
}

/**
 * Mean over the batch of weight · cross-entropy, each image weighed by its class.
 *
 * @param logits [batch, classes].
 * @param options Targets and one-hot labels, [batch, classes]; a weight for each class.
 * @returns The loss in nats.
 */
export function weightedCrossEntropy(
  logits: Tensor,
  { targets, labels, weights }: {
    readonly targets: Tensor;
    readonly labels: Tensor;
    readonly weights: readonly number[];
  },
): Scalar {
  return tf.tidy(() => {
    const each = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
    const factors = tf.sum(tf.mul(labels, tf.tensor1d([...weights])), -1);
    return tf.mean(tf.mul(each, factors)) as Scalar;
  });
}

function checkWeights(weights: readonly number[], classes: number): void {
  if (weights.length === 0 || weights.length === classes) return;
  throw new EspalierError(
    "ERR_PLUGIN_OPTIONS",
    `Cannot weigh classes as each needs one weight: "classWeights" has ${weights.length}, the data ` +
      `have ${classes} classes. Give as many.`,
  );
}

/**
 * One class an image: cross-entropy and accuracy.
 *
 * @param options Label smoothing and class weights.
 * @returns The objective.
 */
export function createClassification(
  { labelSmoothing, classWeights: weights }: ClassificationOptions,
): Objective {
  return {
    ...plainClassification,
    outputs(data) {
      checkWeights(weights, data.classes);
      return plainClassification.outputs(data);
    },
    loss(outputs: Tensor, labels: Tensor) {
      const targets = smoothed(labels, labelSmoothing);
      if (weights.length === 0) return softmaxCrossEntropy(outputs, targets);
      return weightedCrossEntropy(outputs, { targets, labels, weights });
    },
  };
}
