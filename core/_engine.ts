import * as tf from "@tensorflow/tfjs";

/**
 * What computes, as in `native (2 threads)`: results are equal bit by bit on the same engine and
 * number of threads only. A backend with a number of threads says so in its property `threads`.
 */
export async function currentEngine(): Promise<string> {
  await tf.ready();
  const { threads } = tf.backend() as { readonly threads?: number };
  const name = tf.getBackend();
  return threads === undefined ? name : `${name} (${threads} thread${threads === 1 ? "" : "s"})`;
}
