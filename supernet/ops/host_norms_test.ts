import { createRandom } from "@espalier/core";
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { AVERAGING } from "../testing.ts";
import { ALONE } from "./batch_sums.ts";
import { hostBatchNorm, hostMixedNorm } from "./host_norms.ts";
import { trainingMap } from "./tensor_algebra.ts";
import { batchNorm, mixedNorm } from "./tensor_norms.ts";

await tf.setBackend("cpu");
const random = createRandom(11);

function tensor(name: string, shape: number[]): tf.Tensor {
  const stream = random.stream(name);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), shape);
}

/** Largest difference of value and all gradients, each relative to its largest entry. */
function difference(
  [a, b]: readonly [(...x: tf.Tensor[]) => tf.Tensor, (...x: tf.Tensor[]) => tf.Tensor],
  inputs: tf.Tensor[],
): number {
  const probe = tensor("probe", [...inputs[0]!.shape.slice(0, -1), a(...inputs).shape.at(-1)!]);
  const all = [a, b].map((f) => {
    const { value, grads } = tf.valueAndGrads(f)(inputs, probe);
    return [value, ...grads];
  });
  return Math.max(...all[0]!.map((x, i) =>
    tf.max(tf.abs(tf.sub(x, all[1]![i]!))).dataSync()[0]! /
    tf.max(tf.abs(all[1]![i]!)).dataSync()[0]!
  ));
}

for (const activation of [undefined, "relu", "relu6"] as const) {
  const options = { epsilon: 1e-5, activation, batch: ALONE, onMoments: () => {} };

  Deno.test(`hostBatchNorm() agrees with batchNorm(), activation ${activation}`, () => {
    const inputs = [tensor("o", [3, 4, 5, 6]).add(2), tensor("gamma", [6]), tensor("beta", [6])];
    const norm = (f: typeof batchNorm) => (o: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      f(o, { ...options, gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D });
    const error = difference([norm(hostBatchNorm), norm(batchNorm)], inputs);
    assert(error < 1e-4, `${error}`);
  });

  Deno.test(`hostMixedNorm() agrees with mixedNorm(), activation ${activation}`, () => {
    const channels = [4, 6, 3], widest = 6;
    const inputs = [
      tensor("o", [3, 4, 5, widest]).mul(2).sub(1),
      tf.softmax(tensor("weights", [3])),
      ...channels.map((c, k) => tensor(`gamma${k}`, [c])),
      ...channels.map((c, k) => tensor(`beta${k}`, [c])),
    ];
    const matrices = channels.map((c) => AVERAGING.matrix!(c, widest));
    const host = (o: tf.Tensor, weights: tf.Tensor, ...norms: tf.Tensor[]) =>
      hostMixedNorm(o, {
        ...options,
        weights: weights as tf.Tensor1D,
        gammas: norms.slice(0, 3),
        betas: norms.slice(3),
        matrices,
      });
    const tensors = (o: tf.Tensor, weights: tf.Tensor, ...norms: tf.Tensor[]) => {
      const each = tf.unstack(weights);
      const candidates = channels.map((c, k) => ({
        channels: c,
        weight: each[k]!,
        matrix: tf.tensor2d(matrices[k]!, [c, widest]),
        gamma: norms[k]!,
        beta: norms[3 + k]!,
      }));
      return mixedNorm(o, { ...options, ...trainingMap(candidates, widest) });
    };
    const error = difference([host, tensors], inputs);
    assert(error < 1e-4, `${error}`);
  });
}
