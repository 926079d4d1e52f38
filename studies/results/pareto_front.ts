/** A point of two goals. */
export interface Point {
  /** The lower, the better. */
  readonly cost: number;
  /** How good it is. */
  readonly value: number;
}

/**
 * The points that no other one beats or equals in both: neither cheaper nor better, and one of the two.
 *
 * @param points The points.
 * @param options Which way a value is better.
 * @returns Those of the front, from the cheapest on.
 */
export function paretoFront<P extends Point>(
  points: readonly P[],
  { better }: { readonly better: "higher" | "lower" },
): readonly P[] {
  const sign = better === "higher" ? 1 : -1;
  const order = points.toSorted((a, b) => a.cost - b.cost || sign * (b.value - a.value));
  const front: P[] = [];
  for (const point of order) {
    const last = front.at(-1);
    if (last === undefined || sign * point.value > sign * last.value) front.push(point);
  }
  return front;
}
