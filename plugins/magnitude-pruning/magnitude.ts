import { layerOf, sliceOf, weightsOf } from "@espalier/blueprint";
import {
  type BlueprintNode,
  type BudgetZone,
  type Choices,
  type Decision,
  type DecisionId,
  type LayerChannels,
  type TrainedNetwork,
  unprunedValue,
  type Weights,
} from "@espalier/core";

/** Importance of each channel, by decision; 1 is the mean of a decision's channels. */
export type Importances = ReadonlyMap<DecisionId, readonly number[]>;

/** L1 norm of the filter of every output channel. */
function filterNorms(node: BlueprintNode, weights: Weights): number[] {
  const { shape, values } = weights[`${node.id}/kernel`]!;
  const axis = weightsOf(node).find(({ name }) => name === "kernel")!.axes.indexOf("out");
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const norms = new Array<number>(shape[axis]!).fill(0);
  values.forEach((value, i) => norms[Math.floor(i / stride) % norms.length]! += Math.abs(value));
  return norms;
}

/**
 * Importance of the channels that a decision is about: the sum over its layers, and slices of them, of
 * the L1 norms of a channel's filters, divided by its mean over the channels. One
 * threshold for all layers needs importances without the scale of a layer (Molchanov et al. divide by
 * the ℓ2 norm over the layer).
 *
 * Sources: Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), section 3.1; Molchanov et
 * al., "Pruning Convolutional Neural Networks for Resource Efficient Inference" (ICLR 2017), section
 * 2.2.
 *
 * @param channels What the decision is about, as its effect has it; a second call of a layer counts no more.
 * @param network The trained unpruned network.
 * @returns One number a channel, of mean 1.
 */
export function channelImportance(
  channels: readonly LayerChannels[],
  { blueprint, weights }: TrainedNetwork,
): readonly number[] {
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  const norms = channels.flatMap((some) => {
    const node = nodes.get(layerOf(some))!;
    if (node.sharesWeightsOf !== undefined) return [];
    const all = filterNorms(node, weights);
    const { from, count } = sliceOf(some, all.length);
    return [all.slice(from, from + count)];
  });
  const sums = norms[0]!.map((_, channel) => norms.reduce((sum, norm) => sum + norm[channel]!, 0));
  const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
  return sums.map((sum) => mean > 0 ? sum / mean : 1);
}

/**
 * Channels by decreasing importance; ties go to the first.
 *
 * @param importance One number a channel.
 * @returns Channel numbers.
 */
export function rankChannels(importance: readonly number[]): number[] {
  return [...importance.keys()].sort((a, b) => importance[b]! - importance[a]! || a - b);
}

function nearestCandidate(candidates: readonly number[], channels: number): number {
  return candidates.toSorted((a, b) =>
    Math.abs(a - channels) - Math.abs(b - channels) || b - a
  )[0]!;
}

/**
 * Keep the channels whose importance reaches a threshold, rounded to the nearest candidate; depths
 * stay.
 *
 * @param decisions What there is to decide.
 * @param options Importances and threshold.
 * @returns The choices.
 */
export function widthsAbove(
  decisions: readonly Decision[],
  { importances, threshold }: {
    readonly importances: Importances;
    readonly threshold: number;
  },
): Choices {
  return Object.fromEntries(decisions.map((decision) => {
    const { id, candidates } = decision, importance = importances.get(id);
    if (importance === undefined) return [id, unprunedValue(decision)];
    const channels = importance.filter((value) => value >= threshold).length;
    return [id, nearestCandidate(candidates, channels)];
  }));
}

/** Importances, budget and cost, for {@linkcode pruneByMagnitude}. */
export interface MagnitudeOptions {
  /** Of the decisions about channels. */
  readonly importances: Importances;
  /** The zone that the cost must end in, and its target. */
  readonly budget: Pick<BudgetZone, "target" | "low" | "high">;
  /** True cost of choices; a smaller width never costs more. */
  readonly cost: (choices: Choices) => number;
}

/**
 * Prune all layers by one threshold, found by bisection so that the cost comes as close to the target
 * as possible.
 *
 * @param decisions What there is to decide.
 * @param options Importances, budget, cost.
 * @returns The choices of that threshold.
 */
export function pruneByMagnitude(
  decisions: readonly Decision[],
  { importances, budget: { target, low, high }, cost }: MagnitudeOptions,
): Choices {
  const thresholds = [...new Set([...importances.values()].flat())].sort((a, b) => a - b);
  const at = (index: number) =>
    widthsAbove(decisions, { importances, threshold: thresholds[index] ?? Infinity });
  let [first, last] = [0, thresholds.length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (cost(at(middle)) > target) first = middle + 1;
    else last = middle;
  }
  const [above, below] = [at(Math.max(0, first - 1)), at(first)];
  const outside = (choices: Choices) => Math.max(low - cost(choices), cost(choices) - high, 0);
  const offset = (choices: Choices) => Math.abs(cost(choices) - target);
  return (outside(above) - outside(below) || offset(above) - offset(below)) < 0 ? above : below;
}
