import type { RandomStream } from "@espalier/core";

/** What {@linkcode drawByClass} draws from. */
export interface DrawOptions {
  /** Images that may be drawn. */
  readonly indices: Int32Array;
  /** How many to draw; all if there are fewer. */
  readonly count: number;
  /** Source of randomness. */
  readonly random: RandomStream;
}

/**
 * Draw images at random so that every class has its share, whatever their order.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom } from "@espalier/core";
 * import { drawByClass } from "@espalier/training";
 *
 * const labels = [0, 0, 0, 0, 1, 1];
 * const indices = Int32Array.of(0, 1, 2, 3, 4, 5);
 * const random = createRandom(1).stream("draw");
 * const drawn = drawByClass(labels, { indices, count: 3, random });
 * assertEquals([...drawn].filter((i) => labels[i] === 1).length, 1);
 * ```
 *
 * @param labels The class of each image.
 * @param options Images to draw from, and how many.
 * @returns Indices of images, in rising order.
 */
export function drawByClass(
  labels: ArrayLike<number>,
  { indices, count, random }: DrawOptions,
): Int32Array {
  const byClass = [...Map.groupBy(indices, (index) => labels[index]!)].sort(([a], [b]) => a - b);
  const placed = byClass.flatMap(([, members]) => {
    random.shuffle(members);
    return members.map((index, i) => ({ index, place: (i + 0.5) / members.length }));
  });
  const drawn = placed.sort((a, b) => a.place - b.place).slice(0, count);
  return Int32Array.from(drawn, ({ index }) => index).sort();
}
