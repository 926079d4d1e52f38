import type { Aggregator } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { scalarsOf, sum } from "./mixture_algebra.ts";
import { runCustomOp } from "./ops/custom_op.ts";
import { affine, affineGradient } from "./ops/kernels.ts";

/** What a mixture of depths needs. */
export interface MixExitsOptions {
  /** Weights q, [L]. */
  readonly weights: tf.Tensor1D;
  /** Aligns the outputs. */
  readonly aggregator: Aggregator;
  /**
   * Whether a linear aggregator is fused with the weights.
   *
   * @default {true}
   */
  readonly fused?: boolean;
}

/**
 * What leaves a stage while its depth is searched (TAS, eq. 5): Σ_l q_l · resize(x_l, widest).
 *
 * @param outputs Outputs of the candidate blocks, [batch, height, width, c_l].
 * @param options Weights, and what aligns the outputs.
 * @returns [batch, height, width, widest].
 */
export function mixExits(outputs: readonly tf.Tensor[], options: MixExitsOptions): tf.Tensor {
  const { weights, aggregator, fused = true } = options;
  const widest = Math.max(...outputs.map(channelsOf));
  if (fused && aggregator.matrix) {
    const matrices = outputs.map((x) => matrixOf(aggregator, { from: channelsOf(x), to: widest }));
    return mixLinearly(outputs, { weights, matrices });
  }
  const each = scalarsOf(weights);
  return sum(outputs.map((x, l) => tf.mul(aggregator.resize(x, widest), each[l]!)));
}

const channelsOf = (x: tf.Tensor): number => x.shape[x.rank - 1]!;

/** A as a tensor; between equal widths, where nothing is to be aligned, the diagonal of ones. */
function matrixOf(
  aggregator: Aggregator,
  { from, to }: { readonly from: number; readonly to: number },
): tf.Tensor {
  return from === to ? tf.ones([to]) : tf.tensor2d(aggregator.matrix!(from, to), [from, to]);
}

/** Σ_l x_l·(q_l·A_l): a pass over the data for each output, one more backward for q. */
function mixLinearly(
  outputs: readonly tf.Tensor[],
  { weights, matrices }: {
    readonly weights: tf.Tensor1D;
    readonly matrices: readonly tf.Tensor[];
  },
): tf.Tensor {
  const scaled = (q: tf.Tensor, l: number) => matrices[l]!.mul(q.slice([l], [1]));
  return runCustomOp({
    forward([q, ...inputs], save) {
      save([q!, ...matrices, ...inputs]);
      const bias = tf.zeros([matrices[0]!.shape.at(-1)!]);
      return inputs.reduce<tf.Tensor | undefined>(
        (residual, x, l) =>
          affine(x, { matrix: scaled(q!, l), bias, ...(residual && { residual }) }),
        undefined,
      )!;
    },
    backward(dy, [q, ...saved]) {
      const [as, inputs] = [saved.slice(0, matrices.length), saved.slice(matrices.length)];
      const dInputs = as.map((a, l) =>
        affine(dy, {
          matrix: (a.rank === 1 ? a : tf.transpose(a)).mul(q!.slice([l], [1])),
          bias: tf.zeros([a.shape[0]!]),
        })
      );
      const dWeights = as.map((a, l) => {
        const { matrix } = affineGradient({
          x: inputs[l]!,
          dy,
          y: undefined,
          activation: undefined,
          diagonal: a.rank === 1,
        });
        return tf.sum(matrix.mul(a));
      });
      return [tf.stack(dWeights), ...dInputs];
    },
  }, [weights, ...outputs]);
}
