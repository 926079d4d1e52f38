import { interpolateChannels } from "@espalier/plugin-cwi";
import { threeZoneLoss } from "@espalier/plugin-flops";
import { mixingWeights, noisyLogits } from "@espalier/plugin-gumbel-softmax";
import { distillationLoss } from "@espalier/plugin-kd";
import { repeatChannels } from "@espalier/plugin-nearest";
import { padChannels } from "@espalier/plugin-zero-pad";
import { gradientError } from "@espalier/testing";
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const logits = tf.tensor2d([[0.3, -1.2, 0.8, 0.1], [1.1, 0.4, -0.6, -0.2]]);
const noise = tf.tensor2d([[0.2, 1.4, -0.3, 0.5], [-0.7, 0.1, 2, 0.4]]);
const teacher = tf.tensor2d([[2, -1, 0.5, 0], [-1, 1.5, 0.2, 0.9]]);
const features = tf.tensor3d([[[1, -2, 0.5], [0.3, 0.7, -1]], [[2, 0.1, 0.4], [-0.6, 1.2, 0.9]]]);
const budget = {
  cost: "macs",
  unit: "multiply-adds",
  target: 20e6,
  low: 19e6,
  high: 21e6,
  unpruned: 40e6,
  smallest: 2e6,
};
const cost = (actual: number) => ([expected]: tf.Tensor[]) =>
  threeZoneLoss({ expected: expected!.mul(1e6) as tf.Scalar, actual, budget });
const distil = (form: "kl" | "cross-entropy") => ([student]: tf.Tensor[]) =>
  distillationLoss({ student: student as tf.Tensor2D, teacher }, {
    weight: 0.9,
    temperature: 4,
    form,
  });

const pieces: Record<string, [(x: tf.Tensor[]) => tf.Tensor, tf.Tensor]> = {
  "mixing weights (eq. 4)": [
    ([x]) => mixingWeights(noisyLogits(x as tf.Tensor2D, { noise, tau: 2 }), [[2, 0], [1, 3]]),
    logits,
  ],
  "all noisy probabilities (eq. 3)": [
    ([x]) => tf.softmax(noisyLogits(x as tf.Tensor2D, { noise, tau: 2 })),
    logits,
  ],
  "channel-wise interpolation": [([x]) => interpolateChannels(x!, 5), features],
  "zero padding": [([x]) => padChannels(x!, 5), features],
  "repetition": [([x]) => repeatChannels(x!, 5), features],
  "the cost loss above the zone (eq. 8)": [cost(25e6), tf.scalar(25)],
  "the cost loss below the zone (eq. 8)": [cost(10e6), tf.scalar(12)],
  "the cost loss inside the zone (eq. 8)": [cost(20e6), tf.scalar(20)],
  "distillation, KL (eq. 9–10)": [distil("kl"), logits],
  "distillation, cross-entropy (eq. 9–10)": [distil("cross-entropy"), logits],
};

for (const [name, [f, input]] of Object.entries(pieces)) {
  Deno.test(`the gradient of ${name} agrees with finite differences`, () => {
    const error = gradientError(f, { inputs: [input] });
    assert(error < 5e-3, `${error}`);
  });
}
