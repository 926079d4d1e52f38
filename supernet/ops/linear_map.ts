import * as tf from "@tensorflow/tfjs";
import { ALONE, type BatchSums } from "./batch_sums.ts";
import { runCustomOp } from "./custom_op.ts";
import { affine, affineGradient } from "./kernels.ts";
import type { FusedActivation } from "./rows.ts";

/**
 * x·matrix + bias over the last axis, then the activation, differentiably.
 *
 * @param x [..., C].
 * @param options Matrix [C, D], or the diagonal [C] of a diagonal one; bias [D]; activation; sums
 * over the batch.
 * @returns [..., D].
 */
export function linearMap(
  x: tf.Tensor,
  { matrix, bias, activation, batch = ALONE }: {
    readonly matrix: tf.Tensor;
    readonly bias: tf.Tensor;
    readonly activation: FusedActivation | undefined;
    readonly batch?: BatchSums;
  },
): tf.Tensor {
  return runCustomOp({
    forward([x, matrix, bias], save) {
      const y = affine(x!, { matrix: matrix!, bias: bias!, activation });
      save([x!, matrix!, ...(activation === undefined ? [] : [y])]);
      return y;
    },
    backward(dy, [x, matrix, y]) {
      const diagonal = matrix!.rank === 1;
      const gradient = batch.gradient(affineGradient({ x: x!, dy, y, activation, diagonal }));
      const back = diagonal ? matrix! : tf.transpose(matrix!);
      return [
        affine(gradient.d, { matrix: back, bias: tf.zeros([matrix!.shape[0]!]) }),
        gradient.matrix,
        gradient.bias,
      ];
    },
  }, [x, matrix, bias]);
}
