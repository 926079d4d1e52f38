import { unstackRows } from "@espalier/blueprint";
import type { Aggregator, StageId } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { LinearMatrices } from "./linear_matrices.ts";
import { runCustomOp } from "./ops/custom_op.ts";
import { affine, affineGradient } from "./ops/kernels.ts";
import { sum } from "./ops/tensor_algebra.ts";

/** What a mixture of depths needs. */
export interface MixDepthsOptions {
  /** Weights q, [L]. */
  readonly weights: tf.Tensor1D;
  /** Aligns the outputs. */
  readonly aggregator: Aggregator;
  /** The stage. */
  readonly place: StageId;
  /** Matrices of a linear aggregator; undefined: one output after the other. */
  readonly matrices: Pick<LinearMatrices, "tensor"> | undefined;
}

/**
 * What leaves a stage while its depth is searched (TAS, eq. 5): Σ_l q_l · resize(x_l, widest).
 *
 * @param outputs Outputs of the candidate blocks, [batch, height, width, c_l].
 * @param options Weights, and what aligns the outputs.
 * @returns [batch, height, width, widest].
 */
export function mixDepths(outputs: readonly tf.Tensor[], options: MixDepthsOptions): tf.Tensor {
  const { weights, aggregator, matrices, place } = options;
  const widest = Math.max(...outputs.map(channelsOf));
  if (matrices !== undefined) {
    const each = outputs.map((x) => matrixOf(matrices, { from: channelsOf(x), to: widest }));
    return mixLinearly(outputs, { weights, matrices: each });
  }
  const each = unstackRows(weights);
  return sum(outputs.map((x, l) => tf.mul(aggregator.resize(x, widest, place), each[l]!)));
}

const channelsOf = (x: tf.Tensor): number => x.shape[x.rank - 1]!;

/** A as a tensor; between equal widths, where nothing is to be aligned, the diagonal of ones. */
function matrixOf(
  matrices: Pick<LinearMatrices, "tensor">,
  { from, to }: { readonly from: number; readonly to: number },
): tf.Tensor {
  return from === to ? tf.ones([to]) : matrices.tensor(from, to);
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
