/**
 * The self-test: proof that an engine computes correct gradients.
 *
 * Some kernels of TensorFlow.js backends return wrong numbers without an error. Before
 * any work, a small network that uses the kernels of training is therefore
 * differentiated, and its gradients are compared with stored numbers.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";

/** The parameters of the test's network, in the order of its arguments. */
export const SELF_TEST_SHAPES = {
  images: [3, 7, 6, 3],
  convA: [3, 3, 3, 5],
  gamma: [5],
  beta: [5],
  convB: [3, 3, 5, 4],
  projection: [1, 1, 4, 6],
  dense: [6, 3],
  bias: [3],
} as const;

/** Name of a parameter of the test's network. */
export type SelfTestName = keyof typeof SELF_TEST_SHAPES;

/**
 * The loss, and for each parameter its gradient times its direction
 * ({@linkcode selfTestWave}): the derivative of the loss along it, which the test beside
 * this file confirms by finite differences.
 */
export const SELF_TEST_EXPECTED: Readonly<Record<"loss" | SelfTestName, number>> = {
  loss: 1.13425,
  images: -0.0871,
  convA: 0.03724,
  gamma: 0.02394,
  beta: 0.07617,
  convB: 0.20841,
  projection: 0.04128,
  dense: 0.0604,
  bias: 0.02352,
};

/** Largest error of a value: ten times what a GPU's reduced precision causes. */
const TOLERANCE = 1e-3;

const names = Object.keys(SELF_TEST_SHAPES) as SelfTestName[];

/** The value of a parameter, or the direction that its gradient is measured along. */
export function selfTestWave(name: SelfTestName, what: "value" | "direction"): tf.Tensor {
  const shape = [...SELF_TEST_SHAPES[name]];
  const start = 78.233 * (names.indexOf(name) + 1) + (what === "direction" ? 565.785 : 0);
  const values = Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => Math.sin(12.9898 * (i + 1) + start),
  );
  return tf.tensor(values, shape);
}

/** Normalised with its own moments, so that the gradient runs through them. */
function normalise(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.sub(x, mean).div(tf.sqrt(tf.add(variance, 1e-5))).mul(gamma).add(beta);
}

/**
 * The loss of the test's network.
 *
 * @param parameters In the order of {@linkcode SELF_TEST_SHAPES}.
 * @returns A scalar.
 */
export function selfTestLoss(...parameters: tf.Tensor[]): tf.Scalar {
  const [images, convA, gamma, beta, convB, projection, dense, bias] = parameters as tf.Tensor[];
  const first = tf.conv2d(images as tf.Tensor4D, convA as tf.Tensor4D, 1, "same");
  const active = tf.relu(normalise(first, gamma!, beta!)) as tf.Tensor4D;
  const second = tf.conv2d(active, convB as tf.Tensor4D, 2, "same");
  // The shift leaves windows without any positive value.
  const pooled = tf.maxPool(tf.sub(second, 1) as tf.Tensor4D, [2, 2], 1, "valid");
  const wide = tf.conv2d(pooled, projection as tf.Tensor4D, 1, "valid");
  const features = tf.mean(wide, [1, 2]) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(features, dense as tf.Tensor2D), bias!);
  const labels = tf.oneHot(tf.tensor1d([2, 0, 1], "int32"), 3);
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1))) as tf.Scalar;
}

/**
 * Compute the values that {@linkcode SELF_TEST_EXPECTED} lists on the current backend.
 *
 * @returns The values by name.
 */
export async function selfTestValues(): Promise<Record<"loss" | SelfTestName, number>> {
  const scalars = tf.tidy(() => {
    const parameters = names.map((name) => selfTestWave(name, "value"));
    const { value, grads } = tf.valueAndGrads(selfTestLoss)(parameters);
    const slopes = names.map((name, i) =>
      tf.sum(tf.mul(grads[i]!, selfTestWave(name, "direction")))
    );
    return tf.stack([value, ...slopes]);
  });
  const values = await scalars.data();
  scalars.dispose();
  const keys = ["loss", ...names];
  return Object.fromEntries(keys.map((key, i) => [key, values[i]!])) as Record<
    "loss" | SelfTestName,
    number
  >;
}

/**
 * Check that the current backend computes correct gradients.
 *
 * @throws {EspalierError} `ERR_ENGINE_SELF_TEST` with the value that is wrong.
 */
export async function selfTest(): Promise<void> {
  const found = await selfTestValues();
  for (const [name, value] of Object.entries(found)) {
    const expected = SELF_TEST_EXPECTED[name as SelfTestName];
    if (Math.abs(value - expected) <= TOLERANCE) continue;
    const what = name === "loss" ? "the loss" : `the gradient of ${name}`;
    throw new EspalierError(
      "ERR_ENGINE_SELF_TEST",
      `Cannot use the backend "${tf.getBackend()}" as its self-test must give ${expected} for ` +
        `${what}: ${value}. Choose another engine.`,
    );
  }
}
