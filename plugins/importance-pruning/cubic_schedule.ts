/**
 * Cost to prune to in a round: it falls fast at first, and slowly where little is left.
 *
 * Source: Zhu and Gupta, "To prune, or not to prune" (2017), eq. 1, of costs in the place of
 * sparsities.
 *
 * @param done Share of the rounds, this one included, 0 to 1.
 * @param options Cost of the unpruned network and of the last round.
 * @returns target + (unpruned − target) · (1 − done)³.
 */
export function cubicTarget(
  done: number,
  { unpruned, target }: { readonly unpruned: number; readonly target: number },
): number {
  return target + (unpruned - target) * (1 - done) ** 3;
}
