import * as tf from "@tensorflow/tfjs";

/** Where the places of an interpolation are: at the centres of what is read and made, or at corners. */
export type Places = "centre" | "corner";

/**
 * How linear interpolation mixes a row of numbers into one that is several times as long: place i reads
 * the two numbers around (i + ½) / times − ½, for corners around i / times; the first and the last
 * number stand for what would be beyond them.
 *
 * @returns [length, length · times], row-major.
 */
export function interpolationMatrix(length: number, times: number, places: Places): Float32Array {
  const made = length * times, shift = places === "centre" ? 0.5 : 0;
  const matrix = new Float32Array(length * made);
  for (let i = 0; i < made; i++) {
    const place = (i + shift) / times - shift, before = Math.floor(place);
    const add = (at: number, weight: number) => {
      matrix[Math.min(Math.max(at, 0), length - 1) * made + i]! += weight;
    };
    add(before, before + 1 - place);
    add(before + 1, place - before);
  }
  return matrix;
}

/** The last axis of [rows, length] interpolated. */
function interpolate(x: tf.Tensor2D, times: number, places: Places): tf.Tensor2D {
  const length = x.shape[1];
  const matrix = interpolationMatrix(length, times, places);
  return tf.matMul(x, tf.tensor2d(matrix, [length, length * times]));
}

/**
 * An image whose rows and columns are linearly interpolated, as two products of matrices: engines lack
 * gradients of resizing.
 *
 * @param x [batch, height, width, channels].
 * @param options How many rows and columns are made of each, and where they are.
 * @returns [batch, height · rows, width · columns, channels].
 */
export function bilinear(
  x: tf.Tensor4D,
  { size: [rows, columns], places }: {
    readonly size: readonly [rows: number, columns: number];
    readonly places: Places;
  },
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const wide = interpolate(x.transpose([0, 1, 3, 2]).reshape([-1, width]), columns, places)
    .reshape([batch, height, channels, width * columns]);
  return interpolate(wide.transpose([0, 3, 2, 1]).reshape([-1, height]), rows, places)
    .reshape<tf.Tensor4D>([batch, width * columns, channels, height * rows])
    .transpose([0, 3, 1, 2]);
}
