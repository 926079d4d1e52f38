import * as tf from "@tensorflow/tfjs";
import { runCustomOp } from "./custom_op.ts";

/**
 * Mean of −Σ labels · log softmax(logits), in nats, over the batch and all positions.
 *
 * @param logits [batch, …, classes].
 * @param labels [batch, …, classes], rows that sum to 1; not differentiated.
 * @returns The loss.
 */
export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  const rows = labels.size / labels.shape.at(-1)!;
  return runCustomOp({
    forward([logits], save) {
      const shifted = tf.sub(logits!, tf.max(logits!, -1, true));
      const logSum = tf.log(tf.sum(tf.exp(shifted), -1, true));
      const logProbabilities = tf.sub(shifted, logSum);
      save([logProbabilities, labels]);
      return tf.neg(tf.div(tf.sum(tf.mul(labels, logProbabilities)), rows));
    },
    backward(dy, [logProbabilities, labels]) {
      const difference = tf.sub(tf.exp(logProbabilities!), labels!);
      return [tf.mul(difference, tf.div(dy, rows))];
    },
  }, [logits]) as tf.Scalar;
}
