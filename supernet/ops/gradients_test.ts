import { createRandom } from "@espalier/core";
import { gradientError } from "@espalier/testing";
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { EVERY_ACTIVATION } from "../../blueprint/block_testing.ts";
import { mixDepths } from "../mix_depths.ts";
import { AVERAGING } from "../testing.ts";
import { activated } from "./activations.ts";
import { ALONE } from "./batch_sums.ts";
import { convolve } from "./convolve.ts";
import { linearMap } from "./linear_map.ts";
import { residualAdd } from "./residual_add.ts";
import { activate } from "./rows.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { batchNorm, mixedNorm } from "./tensor_norms.ts";

await tf.setBackend("cpu");

/** Values at least 0.1 away from 0, where a relu bends. */
function tensor(name: string, shape: number[]): tf.Tensor {
  const stream = createRandom(5).stream(name);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => stream.normal());
  return tf.tensor(values.map((v) => v + Math.sign(v) * 0.1), shape);
}

const norm = { epsilon: 1e-5, activation: undefined, batch: ALONE, onMoments: () => {} };
const as1d = (x: tf.Tensor | undefined) => x as tf.Tensor1D;
const as2d = (x: tf.Tensor | undefined) => x as tf.Tensor2D;
const o = tensor("o", [3, 2, 2, 4]);
const [gamma, beta] = [tensor("gamma", [4]), tensor("beta", [4])];

const pieces: Record<string, [(x: tf.Tensor[]) => tf.Tensor, tf.Tensor[]]> = {
  "batchNorm()": [
    ([o, gamma, beta]) => batchNorm(o!, { ...norm, gamma: as1d(gamma), beta: as1d(beta) }),
    [o, gamma, beta],
  ],
  "mixedNorm()": [
    ([o, matrix, bias]) => mixedNorm(o!, { ...norm, matrix: as2d(matrix), bias: as1d(bias) }),
    [o, tensor("matrix", [4, 4]), beta],
  ],
  "linearMap() with a relu": [
    ([x, matrix, bias]) => linearMap(x!, { matrix: matrix!, bias: bias!, activation: "relu" }),
    [tensor("x", [5, 4]), tensor("map", [4, 3]), tf.tensor1d([30, -30, 30])],
  ],
  "residualAdd() of unlike widths": [
    ([a, b]) => residualAdd([a!, b!], undefined),
    [tensor("a", [2, 3]), tensor("b", [2, 5])],
  ],
  "mixDepths()": [
    ([q, a, b, c]) =>
      mixDepths([a!, b!, c!], {
        weights: as1d(q),
        aggregator: AVERAGING,
        place: "stage0",
        matrices: {
          tensor: (from, to) => tf.tensor2d(AVERAGING.matrix!(from, to), [from, to]),
        },
      }),
    [
      tensor("q", [3]),
      tensor("e0", [2, 1, 2, 4]),
      tensor("e1", [2, 1, 2, 3]),
      tensor("e2", [2, 1, 2, 4]),
    ],
  ],
  "convolve()": [
    ([x, kernel]) =>
      convolve(x as tf.Tensor4D, {
        kernel: kernel as tf.Tensor4D,
        strides: [2, 1],
        padding: [1, 1, 0, 1],
        inputGradient: true,
        kernelGradient: true,
      }),
    [tensor("image", [2, 4, 4, 2]), tensor("kernel", [3, 2, 2, 3])],
  ],
  ...Object.fromEntries(EVERY_ACTIVATION.map((activation) => [
    JSON.stringify(activation),
    [([x]: tf.Tensor[]) => activated(activation, (fused) => activate(x!, fused)), [o]],
  ])),
  "softmaxCrossEntropy()": [
    ([logits]) => softmaxCrossEntropy(as2d(logits), tf.tensor2d([[0, 1, 0], [1, 0, 0]])),
    [tensor("logits", [2, 3])],
  ],
};

for (const [name, [f, inputs]] of Object.entries(pieces)) {
  Deno.test(`the gradient of ${name} agrees with finite differences`, () => {
    const error = gradientError(f, { inputs });
    assert(error < 5e-3, `${error}`);
  });
}
