/**
 * The sum of two features of different width, as Espalier's own kernels.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";
import type { Kernel, KernelCall } from "./override.ts";
import { product } from "./product.ts";
import { channelsOf } from "./view.ts";

/** [C, D] with ones on the diagonal. A product with it pads channels faster than `pad` does. */
function unitMatrix(rows: number, columns: number): tf.Tensor {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return tf.tensor2d(values, [rows, columns]);
}

/**
 * `EspalierResidualAdd`: a [..., C] and b [..., D] give their sum [..., max(C, D)], the narrower
 * added into the first channels of the wider; attribute `relu`.
 */
const residualAdd: Kernel = {
  name: "EspalierResidualAdd",
  run({ inputs, attrs }: KernelCall<{ relu?: boolean } | undefined>) {
    const { a, b } = inputs as { a: tf.Tensor; b: tf.Tensor };
    const isRelu = attrs?.relu === true;
    const [narrow, wide] = channelsOf(a) < channelsOf(b) ? [a, b] : [b, a];
    const [kept, channels] = [channelsOf(narrow), channelsOf(wide)];
    if (kept === channels) {
      const sum = op("AddV2", [narrow, wide]);
      return isRelu ? tf.relu(sum) : sum;
    }
    const matrix = unitMatrix(kept, channels);
    return product({ x: narrow, matrix, bias: tf.zeros([channels]), residual: wide, isRelu });
  },
};

/** The first channels of a feature; the feature itself, without a copy, where it has no more. */
function firstChannels(x: tf.Tensor, channels: number): tf.Tensor {
  if (channelsOf(x) === channels) return op("Identity", [x]);
  return tf.slice(x, x.shape.map(() => 0), [...x.shape.slice(0, -1), channels]);
}

/**
 * `EspalierResidualAddGrad`: dy [..., max(C, D)] and y? (of a relu), attribute `channels` [C, D],
 * give the gradients of a [..., C] and b [..., D].
 */
const residualAddGrad: Kernel = {
  name: "EspalierResidualAddGrad",
  run({ inputs, attrs }: KernelCall<{ channels: readonly [number, number] }>) {
    const { dy, y } = inputs as { dy: tf.Tensor; y?: tf.Tensor };
    const d = y ? op("ReluGrad", [dy, y]) : dy;
    return attrs.channels.map((channels) => firstChannels(d, channels));
  },
};

/** The kernels of residual sums. */
export const residualKernels: readonly Kernel[] = [residualAdd, residualAddGrad];
