import type { BatchLabels } from "@espalier/core";
import { softmaxCrossEntropy } from "@espalier/supernet";
import { plainClassification, type PlainObjective } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * Mean over the classes of intersection / union of predicted and labelled pixels. Classes that neither
 * labels nor predictions name are left out.
 *
 * @param confusion Pixels by labelled (row) and predicted class, [classes · classes].
 * @returns 0 to 1.
 */
export function meanIou(confusion: readonly number[]): number {
  const classes = Math.sqrt(confusion.length);
  const ious: number[] = [];
  for (let c = 0; c < classes; c++) {
    let row = 0, column = 0;
    for (let other = 0; other < classes; other++) {
      row += confusion[c * classes + other]!;
      column += confusion[other * classes + c]!;
    }
    const both = confusion[c * classes + c]!;
    if (row + column > 0) ious.push(both / (row + column - both));
  }
  return ious.reduce((sum, iou) => sum + iou, 0) / ious.length;
}

/** Share of the pixels whose class is right. */
export function pixelAccuracy(confusion: readonly number[]): number {
  const classes = Math.sqrt(confusion.length);
  const right = confusion.reduce((sum, n, i) => i % (classes + 1) === 0 ? sum + n : sum, 0);
  return right / confusion.reduce((sum, n) => sum + n, 0);
}

/**
 * A class for every pixel: cross-entropy, mean over all pixels; mean intersection over union, and the
 * share of right pixels.
 */
export const segmentationObjective: PlainObjective = Object.freeze<PlainObjective>({
  name: "segmentation",
  labels: "class-map",
  metrics: [
    { name: "mean IoU", better: "higher", share: true, value: meanIou },
    { name: "pixel accuracy", better: "higher", share: true, value: pixelAccuracy },
  ],
  outputs: ({ shape: [height, width], classes }) => [height, width, classes],
  // A network may give its map as one vector.
  loss: (outputs: Tensor, labels: Tensor) =>
    softmaxCrossEntropy(tf.reshape(outputs, labels.shape), labels),
  tally(outputs: Tensor, labels: BatchLabels) {
    const classes = outputs.size / labels.length;
    const best = tf.tidy(() => tf.argMax(tf.reshape(outputs, [-1, classes]), 1).dataSync());
    const confusion = new Array<number>(classes * classes).fill(0);
    for (let i = 0; i < labels.length; i++) confusion[labels[i]! * classes + best[i]!]!++;
    return confusion;
  },
  constant: plainClassification.constant,
});
