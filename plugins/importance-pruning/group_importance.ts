/** One number a channel. */
export type Scores = readonly number[];

/** How the scores of a group's members become one. */
export type Reduction = "sum" | "mean" | "max" | "product" | "first";

/** What the scores of a group are divided by. */
export type Normalization = "mean" | "max" | "sum" | "l2" | "none";

const REDUCTIONS: Readonly<Record<Reduction, (scores: Scores) => number>> = {
  sum: (scores) => scores.reduce((sum, score) => sum + score, 0),
  mean: (scores) => scores.reduce((sum, score) => sum + score, 0) / scores.length,
  max: (scores) => scores.reduce((most, score) => Math.max(most, score)),
  product: (scores) => scores.reduce((product, score) => product * score, 1),
  first: ([first]) => first!,
};

const DIVISORS: Readonly<Record<Normalization, (scores: Scores) => number>> = {
  mean: (scores) => REDUCTIONS.mean(scores),
  max: (scores) => REDUCTIONS.max(scores),
  sum: (scores) => REDUCTIONS.sum(scores),
  l2: (scores) => Math.sqrt(scores.reduce((sum, score) => sum + score * score, 0)),
  none: () => 1,
};

/**
 * Importance of a group's channels: the members' scores of each channel made one, then divided by a
 * number of the group, so that groups of unlike scale can be compared. Where that is 0, all count as 1.
 *
 * Sources: Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference"
 * (ICLR 2017), section 2.2, divides by the ℓ2 norm over the layer; Fang et al., "DepGraph" (CVPR 2023),
 * section 3.3, reduces over a group.
 *
 * @param members Scores of each member, in the order of the network.
 * @param options How they become one, and what they are divided by.
 * @returns One number a channel.
 */
export function groupImportance(
  members: readonly Scores[],
  { reduction, normalization }: {
    readonly reduction: Reduction;
    readonly normalization: Normalization;
  },
): number[] {
  const scores = members[0]!.map((_, channel) =>
    REDUCTIONS[reduction](members.map((member) => member[channel]!))
  );
  const divisor = DIVISORS[normalization](scores);
  return scores.map((score) => divisor > 0 ? score / divisor : 1);
}

/**
 * Channels by decreasing importance; ties go to the first.
 *
 * @param importance One number a channel.
 * @returns Channel numbers.
 */
export function rankChannels(importance: Scores): number[] {
  return [...importance.keys()].sort((a, b) => importance[b]! - importance[a]! || a - b);
}
