import type { RegularizerInput } from "@espalier/core";
import type { Scalar } from "@tensorflow/tfjs";

const MILLION = 1e6;

/**
 * The cost loss of TAS (eq. 7–8): log E where the true cost lies above the zone, −log E where it
 * lies below, 0 inside; E is the expected cost in millions. Its gradient
 * moves the expected cost; the true cost decides in which direction.
 *
 * @example Too costly: the loss falls with the expected cost
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { threeZoneLoss } from "@espalier/plugin-flops";
 *
 * const budget = {
 *   cost: "macs",
 *   unit: "multiply-adds",
 *   target: 20e6,
 *   low: 19e6,
 *   high: 21e6,
 *   unpruned: 40e6,
 *   smallest: 2e6,
 * };
 * const loss = threeZoneLoss({ expected: tf.scalar(25e6), actual: 24e6, budget });
 * assertAlmostEquals(loss.dataSync()[0]!, Math.log(25), 1e-6);
 * ```
 *
 * @param input Expected cost, true cost and zone, all in the budget's unit.
 * @returns The loss, differentiable with respect to `expected`.
 */
export function threeZoneLoss(
  { expected, actual, budget }: Pick<RegularizerInput, "expected" | "actual" | "budget">,
): Scalar {
  // A product rather than a constant, so that a gradient exists: it is 0.
  if (budget.low <= actual && actual <= budget.high) return expected.mul(0);
  const logarithm = expected.div(MILLION).log() as Scalar;
  return actual > budget.high ? logarithm : logarithm.neg();
}

/**
 * The cost loss with the budget's limits: to that of the three zones each limited cost adds log E while
 * its true cost exceeds the limit. In TAS there are no limits.
 *
 * @param input Expected and true costs, zone and limits, all in their units.
 * @returns The loss, differentiable with respect to the expected costs.
 */
export function budgetLimitsLoss(
  { limited, ...input }: Pick<RegularizerInput, "expected" | "actual" | "budget" | "limited">,
): Scalar {
  const exceeded = limited.filter(({ limit, actual }) => actual > limit.high);
  return exceeded.reduce<Scalar>(
    (sum, { expected, limit }) => sum.add(expected.div(limit.high).log()),
    threeZoneLoss(input),
  );
}
