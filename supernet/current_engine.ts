import * as tf from "@tensorflow/tfjs";
import { engineServices } from "./engine_services.ts";

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? "" : "s"}`;

/**
 * What computes, as in `native (1 thread, 2 ranks, without machine code)`: results are equal bit by bit
 * on the same engine and number of threads and ranks only. A backend with a number of threads says so
 * in its property `threads`.
 */
export async function currentEngine(): Promise<string> {
  await tf.ready();
  const { threads } = tf.backend() as { readonly threads?: number };
  const { ranks, variant } = engineServices();
  const parts = [
    ...threads === undefined ? [] : [counted(threads, "thread")],
    ...ranks === undefined ? [] : [counted(ranks.size, "rank")],
    ...variant === undefined ? [] : [variant],
  ];
  return tf.getBackend() + (parts.length > 0 ? ` (${parts.join(", ")})` : "");
}
