import { createRandom } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/**
 * Error of a function's gradient against finite differences.
 *
 * @example A square
 * ```ts
 * import { assert } from "@std/assert";
 * import { gradientError } from "@espalier/testing";
 * import * as tf from "@tensorflow/tfjs";
 *
 * assert(gradientError(([x]) => tf.square(x!), { inputs: [tf.tensor1d([1, 2, -3])] }) < 1e-3);
 * ```
 *
 * @param f A function of some tensors, smooth near them.
 * @param options The tensors, and the step of the differences, large enough for float32.
 * @returns The largest error of the gradient of Σ f·probe against central differences, relative to the
 * largest of these; the probe is random.
 */
export function gradientError(
  f: (inputs: tf.Tensor[]) => tf.Tensor,
  { inputs, step = 1e-2 }: { readonly inputs: readonly tf.Tensor[]; readonly step?: number },
): number {
  return tf.tidy(() => {
    const stream = createRandom(0).stream("gradient-error");
    const { shape, size } = f([...inputs]);
    const probe = tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), shape);
    const valueOf = (at: readonly tf.Tensor[]) =>
      tf.tidy(() => {
        const products = tf.mul(f([...at]), probe).dataSync<"float32">();
        return products.reduce((total, value) => total + value, 0);
      });
    const gradients = tf.grads((...at) => tf.sum(tf.mul(f(at), probe)))([...inputs]);
    let error = 0, largest = 0;
    inputs.forEach((input, n) => {
      const values = input.dataSync<"float32">();
      const gradient = gradients[n]!.dataSync();
      const moved = (i: number, by: number) =>
        tf.tidy(() => {
          const other = values.slice();
          other[i]! += by;
          return valueOf(inputs.with(n, tf.tensor(other, input.shape)));
        });
      for (let i = 0; i < values.length; i++) {
        const difference = (moved(i, step) - moved(i, -step)) / (2 * step);
        error = Math.max(error, Math.abs(difference - gradient[i]!));
        largest = Math.max(largest, Math.abs(difference));
      }
    });
    return largest === 0 ? error : error / largest;
  });
}
