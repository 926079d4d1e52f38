import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";

/** Added under the root, whose slope is infinite at 0. */
const EPSILON = 1e-12;

/** Q / ‖Q‖₂ of each image, where Q is the mean of squares over the channels: [batch, positions]. */
function attentionMaps(features: Tensor): Tensor2D {
  const maps = features.square().mean(-1).reshape<Tensor2D>([features.shape[0]!, -1]);
  return maps.div(maps.square().sum(1, true).add(EPSILON).sqrt());
}

/**
 * ½ mean (Q_S / ‖Q_S‖₂ − Q_T / ‖Q_T‖₂)² over images and positions: where both networks look. It needs
 * no equal channels.
 *
 * Source: Zagoruyko and Komodakis, "Paying More Attention to Attention" (ICLR 2017), eq. 2, with the
 * squares and means of the authors' code.
 *
 * @param student Features, [batch, height, width, channels].
 * @param teacher Features, of equal height and width.
 * @returns The distance; 0 for vectors, which have one position.
 */
export function attentionDistance(student: Tensor, teacher: Tensor): Scalar {
  return tf.tidy(() =>
    attentionMaps(student).sub(attentionMaps(teacher)).square().mean<Scalar>().div(2)
  );
}
