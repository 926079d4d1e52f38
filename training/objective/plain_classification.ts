import type { BatchLabels, DataForm, Objective } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";

/** Shares below it count as it: the logarithm of 0 is no number. */
const LEAST_SHARE = 1e-7;

/** An objective for one output, with a constant guess. */
export interface PlainObjective extends Objective {
  /** Shape of the output of one image. */
  outputs(data: DataForm): readonly number[];
  /** What is said of every image. */
  constant(mean: readonly number[]): readonly number[];
}

/**
 * Classification, one class an image: mean cross-entropy in nats, and accuracy. What is learned where no
 * plugin provides an objective.
 */
export const plainClassification: PlainObjective = Object.freeze<PlainObjective>({
  name: "classification",
  labels: "class",
  metrics: [{
    name: "accuracy",
    better: "higher",
    share: true,
    value: ([correct, images]) => correct! / images!,
  }],
  outputs: ({ classes }) => [classes],
  loss: softmaxCrossEntropy,
  tally(outputs: tf.Tensor, labels: BatchLabels) {
    const best = tf.tidy(() => tf.argMax(outputs, 1).dataSync());
    let correct = 0;
    for (let i = 0; i < labels.length; i++) if (best[i] === labels[i]) correct++;
    return [correct, labels.length];
  },
  constant: (shares) => shares.map((share) => Math.log(Math.max(share, LEAST_SHARE))),
});
