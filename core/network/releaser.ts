import type * as tf from "@tensorflow/tfjs";
import type { NodePlan } from "./plan.ts";

/** Frees each value behind its last reader, which keeps an evaluation's memory low. */
export function releaser(
  values: ReadonlyMap<string, tf.Tensor>,
  { plans, kept }: {
    readonly plans: readonly NodePlan[];
    readonly kept: ReadonlySet<string>;
  },
): (names: readonly string[]) => void {
  const readers = new Map<string, number>();
  for (const name of plans.flatMap(({ sources }) => sources)) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return (names) => {
    for (const name of names) {
      readers.set(name, readers.get(name)! - 1);
      if (readers.get(name) === 0 && !kept.has(name)) values.get(name)!.dispose();
    }
  };
}
