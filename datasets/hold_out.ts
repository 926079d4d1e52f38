import { createRandom } from "@espalier/core";

/** Indices of two parts of a dataset, each in rising order. */
export interface Parts {
  /** What stays to train on. */
  readonly train: Int32Array;
  /** What is set aside. */
  readonly test: Int32Array;
}

/** Share of each class that is set aside, and the seed that says which. */
const SHARE = 0.2;
const SEED = 1;

/** How notes of datasets tell what {@linkcode holdOut} did. */
export const HELD_OUT: string = `1 of 5 of each class was set aside for the test, by seed ${SEED}`;

/**
 * Set a fifth of each class aside, at random but always the same: rounded, at least one of a class
 * that has two, none of a class that has one.
 *
 * @example Five of two classes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { holdOut } from "@espalier/datasets";
 *
 * const { train, test } = holdOut([0, 0, 0, 1, 1]);
 * assertEquals([train.length, test.length], [3, 2]);
 * ```
 *
 * @param labels The class of each item.
 * @returns Indices of both parts.
 */
export function holdOut(labels: ArrayLike<number>): Parts {
  const indices = Int32Array.from({ length: labels.length }, (_, i) => i);
  const random = createRandom(SEED).stream("hold-out");
  const aside = new Set<number>();
  const byClass = [...Map.groupBy(indices, (i) => labels[i]!)].sort(([a], [b]) => a - b);
  for (const [, members] of byClass) {
    random.shuffle(members);
    const count = members.length < 2 ? 0 : Math.max(1, Math.round(SHARE * members.length));
    for (const index of members.slice(0, count)) aside.add(index);
  }
  return {
    train: indices.filter((i) => !aside.has(i)),
    test: indices.filter((i) => aside.has(i)),
  };
}
