import type { RandomStream } from "@espalier/core";

/** Two halves of a training split, as ascending indices of images. */
export interface Halves {
  /** What the weights are trained on. */
  readonly weights: Int32Array;
  /** What the architecture is searched on. */
  readonly architecture: Int32Array;
}

function sorted(indices: readonly number[]): Int32Array {
  return Int32Array.from(indices).sort();
}

/**
 * Cut a training split into two halves at random, class by class. Every image is in exactly one
 * half; the odd image of a class goes to the half that has fewer so far.
 *
 * Source: TAS (Dong and Yang 2019): weights and architecture learn from different images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom } from "@espalier/core";
 * import { splitHalves } from "@espalier/training";
 *
 * const random = createRandom(1).stream("halves");
 * const { weights, architecture } = splitHalves([0, 1, 0, 1], { classes: 2, random });
 * assertEquals([...weights, ...architecture].sort(), [0, 1, 2, 3]);
 * ```
 *
 * @param labels The class of each image.
 * @param options Number of classes and source of randomness.
 * @returns The halves.
 */
export function splitHalves(
  labels: ArrayLike<number>,
  options: { readonly classes: number; readonly random: RandomStream },
): Halves {
  const byClass = Array.from({ length: options.classes }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) byClass[labels[i]!]!.push(i);
  const weights: number[] = [];
  const architecture: number[] = [];
  for (const members of byClass) {
    options.random.shuffle(members);
    const odd = weights.length <= architecture.length ? Math.ceil : Math.floor;
    const cut = odd(members.length / 2);
    members.forEach((index, i) => (i < cut ? weights : architecture).push(index));
  }
  return { weights: sorted(weights), architecture: sorted(architecture) };
}
