import type { BatchLabels } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import type { PlainObjective } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/** A share beyond it or below its rest counts as it: the logarithm of 0 is no number. */
const LEAST_SHARE = 1e-7;

/**
 * −y · log σ(z) − (1 − y) · log(1 − σ(z)), mean over the batch and the classes. It is the
 * cross-entropy of two classes whose logits are z and 0.
 *
 * @param logits z, [batch, classes].
 * @param labels y, 0 or 1, [batch, classes].
 * @returns The loss in nats.
 */
export function binaryCrossEntropy(logits: Tensor, labels: Tensor): Scalar {
  return tf.tidy(() =>
    softmaxCrossEntropy(
      tf.stack([logits, tf.zerosLike(logits)], -1),
      tf.stack([labels, tf.sub(1, labels)], -1),
    )
  );
}

/** 2 · true positives / (2 · true positives + errors), over all classes and images. */
function f1([found, wrong]: readonly number[]): number {
  return found! + wrong! === 0 ? 1 : 2 * found! / (2 * found! + wrong!);
}

/**
 * Any number of classes an image: binary cross-entropy; F1 over all classes and images, and the share
 * of right answers.
 */
export const multiLabelObjective: PlainObjective = Object.freeze<PlainObjective>({
  name: "multi-label classification",
  labels: "classes",
  metrics: [
    { name: "F1", better: "higher", share: true, value: f1 },
    {
      name: "accuracy",
      better: "higher",
      share: true,
      value: ([, wrong, answers]) => 1 - wrong! / answers!,
    },
  ],
  outputs: ({ classes }) => [classes],
  loss: binaryCrossEntropy,
  tally(outputs: Tensor, labels: BatchLabels) {
    const logits = outputs.dataSync();
    let found = 0, wrong = 0;
    for (let i = 0; i < labels.length; i++) {
      const answer = logits[i]! > 0 ? 1 : 0;
      if (answer !== labels[i]) wrong++;
      else if (answer === 1) found++;
    }
    return [found, wrong, labels.length];
  },
  constant: (shares) =>
    shares.map((share) => {
      const inside = Math.min(Math.max(share, LEAST_SHARE), 1 - LEAST_SHARE);
      return Math.log(inside / (1 - inside));
    }),
});
