import type * as tf from "@tensorflow/tfjs";
import { runCustomOp } from "./custom_op.ts";
import { residualSum, residualSumGradient } from "./kernels.ts";
import type { FusedActivation } from "./rows.ts";

/**
 * Sum of two features, the narrower added into the first channels of the wider, then the activation.
 *
 * @param inputs [..., C] and [..., D].
 * @param activation Applied to the sum.
 * @returns [..., max(C, D)].
 */
export function residualAdd(
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  activation: FusedActivation | undefined,
): tf.Tensor {
  const channels = [a.shape[a.rank - 1]!, b.shape[b.rank - 1]!] as const;
  return runCustomOp({
    forward([a, b], save) {
      const y = residualSum([a!, b!], activation);
      if (activation !== undefined) save([y]);
      return y;
    },
    backward: (dy, [y]) => residualSumGradient({ dy, y, activation, channels }),
  }, [a, b]);
}
