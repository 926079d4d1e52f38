import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "../engine.ts";
import { testNative, values } from "../testing.ts";

type Case = readonly [
  inputs: readonly (readonly number[])[],
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
];

// The ops of TensorFlow.js are typed by rank; a table of cases is not.
// deno-lint-ignore no-explicit-any
type Any = any;
const ops: Any = tf;

const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.abs(x), 0.1);
const image = [2, 6, 6, 3];
const odd = [2, 7, 7, 3];
const matrix = [4, 5];
const rows = () => tf.tensor1d([0, 2, 2], "int32");

/** Batch norm as it is trained, with channels that do and do not fill TensorFlow's vectors. */
const batchNorm = (x: Any, scale: Any, offset: Any) => {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean as Any, variance as Any, offset, scale, 1e-3);
};

const CASES: Readonly<Record<string, Case>> = {
  "conv2d same": [[image, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 1, "same")],
  "conv2d same, stride 2": [[odd, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 2, "same")],
  "conv2d valid, stride 3": [[odd, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 3, "valid")],
  "conv2d 1x1": [[image, [1, 1, 3, 4]], (x, w) => ops.conv2d(x, w, 1, "same")],
  "conv2d 1x1, stride 2": [[image, [1, 1, 3, 4]], (x, w) => ops.conv2d(x, w, 2, "same")],
  "conv2d pad 1": [[image, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 1, 1)],
  "conv2d pad 1, stride 2": [[image, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 2, 1)],
  "conv2d pad 1, stride 2, odd": [[odd, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 2, 1)],
  "conv2d pad 3, 7x7, stride 2": [[[1, 9, 9, 2], [7, 7, 2, 3]], (x, w) => ops.conv2d(x, w, 2, 3)],
  "conv2d pad 0": [[image, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 1, 0)],
  "conv2d sides": [
    [image, [3, 3, 3, 4]],
    (x, w) => ops.conv2d(x, w, 2, [[0, 0], [2, 0], [0, 1], [0, 0]]),
  ],
  "conv1d": [[[2, 8, 3], [3, 3, 4]], (x, w) => ops.conv1d(x, w, 1, "same")],
  "conv2dTranspose": [
    [[2, 4, 4, 3], [3, 3, 4, 3]],
    (x, w) => ops.conv2dTranspose(x, w, [2, 8, 8, 4], 2, "same"),
  ],
  "conv3d": [[[1, 4, 4, 4, 2], [2, 2, 2, 2, 3]], (x, w) => ops.conv3d(x, w, 1, "same")],
  "fused.conv2d": [
    [image, [3, 3, 3, 4], [4]],
    (x, w, b) =>
      ops.fused.conv2d({ x, filter: w, strides: 1, pad: 1, bias: b, activation: "relu" }),
  ],
  "fused.depthwiseConv2d": [
    [image, [3, 3, 3, 1], [3]],
    (x, w, b) =>
      ops.fused.depthwiseConv2d({ x, filter: w, strides: 2, pad: 1, bias: b, activation: "relu" }),
  ],
  "depthwiseConv2d same": [[image, [3, 3, 3, 2]], (x, w) => ops.depthwiseConv2d(x, w, 1, "same")],
  "depthwiseConv2d stride 2": [[odd, [3, 3, 3, 1]], (x, w) => ops.depthwiseConv2d(x, w, 2, "same")],
  "depthwiseConv2d pad 1": [[image, [3, 3, 3, 1]], (x, w) => ops.depthwiseConv2d(x, w, 1, 1)],
  "depthwiseConv2d pad 1, stride 2": [
    [image, [3, 3, 3, 2]],
    (x, w) => ops.depthwiseConv2d(x, w, 2, 1),
  ],
  "separableConv2d": [
    [image, [3, 3, 3, 1], [1, 1, 3, 4]],
    (x, d, p) => ops.separableConv2d(x, d, p, 1, "same"),
  ],
  "batchNorm, 3 channels": [[[4, 4, 4, 3], [3], [3]], batchNorm],
  "batchNorm, 16 channels": [[[2, 4, 4, 16], [16], [16]], batchNorm],
  "batchNorm, 5 pixels": [[[5, 1, 1, 3], [3], [3]], batchNorm],
  "batchNorm, given moments": [
    [[2, 4, 4, 3], [3], [3], [3], [3]],
    (x, mean, variance, offset, scale) =>
      ops.batchNorm(x, mean, positive(variance), offset, scale, 1e-3),
  ],
  "batchNorm, moments by pixel": [
    [[2, 2, 2, 3], [2, 2, 2, 3], [2, 2, 2, 3], [2, 2, 2, 3], [2, 2, 2, 3]],
    (x, mean, variance, offset, scale) =>
      ops.batchNorm(x, mean, positive(variance), offset, scale, 1e-3),
  ],
  "avgPool 2x2": [[image], (x) => ops.avgPool(x, 2, 2, "valid")],
  "maxPool 3x3 same": [[image], (x) => ops.maxPool(x, 3, 1, "same")],
  "maxPool 2x2": [[image], (x) => ops.maxPool(x, 2, 2, "valid")],
  "maxPool 3x3 pad 1": [[image], (x) => ops.maxPool(x, 3, 2, 1)],
  "maxPool of negatives": [[image], (x) => ops.maxPool(tf.neg(positive(x)), 3, 2, 1)],
  "avgPool3d": [[[1, 4, 4, 4, 1]], (x) => ops.avgPool3d(x, 2, 2, "valid")],
  "maxPool3d": [[[1, 4, 4, 4, 1]], (x) => ops.maxPool3d(x, 2, 2, "valid")],
  "global average": [[image], (x) => tf.mean(x, [1, 2])],
  "matMul": [[[3, 4], [4, 5]], (a, b) => tf.matMul(a, b)],
  "matMul transposed": [[[4, 3], [4, 5]], (a, b) => tf.matMul(a, b, true, false)],
  "matMul of batches": [[[2, 3, 4], [2, 5, 4]], (a, b) => tf.matMul(a, b, false, true)],
  "softmaxCrossEntropy": [
    [matrix],
    (x) => ops.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 1, 2, 3], "int32"), 5), x),
  ],
  "sigmoidCrossEntropy": [
    [matrix],
    (x) => ops.losses.sigmoidCrossEntropy(tf.onesLike(x), x),
  ],
  "logSoftmax": [[matrix], (x) => tf.logSoftmax(x)],
  "softmax": [[matrix], (x) => tf.softmax(x)],
  "logSumExp": [[matrix], (x) => tf.logSumExp(x, 1)],
  "gather rows": [[matrix], (x) => tf.gather(x, rows(), 0)],
  "gather columns": [[matrix], (x) => tf.gather(x, rows(), 1)],
  "unsortedSegmentSum": [
    [matrix],
    (x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 1, 0], "int32"), 2),
  ],
  "slice": [[matrix], (x) => tf.slice(x, [1, 1], [2, 3])],
  "concat": [[matrix, [4, 2]], (a, b) => tf.concat([a, b], 1)],
  "split": [[[4, 6]], (x) => tf.split(x, 2, 1)[1]!],
  "stack": [[[4], [4]], (a, b) => tf.stack([a, b])],
  "unstack": [[[4, 2]], (x) => tf.unstack(x)[1]!],
  "pad": [[matrix], (x) => tf.pad(x, [[1, 1], [0, 2]])],
  "tile": [[matrix], (x) => tf.tile(x, [2, 1])],
  "broadcastTo": [[[1, 5]], (x) => tf.broadcastTo(x, [4, 5])],
  "reshape": [[matrix], (x) => tf.reshape(x, [20])],
  "transpose": [[matrix], (x) => tf.transpose(x)],
  "reverse": [[matrix], (x) => tf.reverse(x, 0)],
  "cast": [[matrix], (x) => tf.cast(x, "float32")],
  "spaceToBatchND": [
    [[1, 4, 4, 1]],
    (x) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [0, 0]]),
  ],
  "resizeBilinear": [[[1, 4, 4, 2]], (x) => ops.image.resizeBilinear(x, [8, 8])],
  "resizeNearestNeighbor": [[[1, 4, 4, 2]], (x) => ops.image.resizeNearestNeighbor(x, [8, 8])],
  "localResponseNormalization": [
    [[1, 2, 2, 4]],
    (x) => ops.localResponseNormalization(x),
  ],
  "cumsum": [[matrix], (x) => tf.cumsum(x, 1)],
  "sum": [[matrix], (x) => tf.sum(x, 1)],
  "mean": [[matrix], (x) => tf.mean(x, 1)],
  "max": [[matrix], (x) => tf.max(x, 1)],
  "min": [[matrix], (x) => tf.min(x, 1)],
  "prod": [[matrix], (x) => tf.prod(x, 1)],
  "norm": [[matrix], (x) => tf.norm(x)],
  "addN": [[matrix, matrix], (a, b) => tf.addN([a, b])],
  "add": [[matrix, [5]], (a, b) => tf.add(a, b)],
  "sub, mul, div": [[matrix, [5]], (a, b) => tf.div(tf.mul(tf.sub(a, b), a), positive(b))],
  "pow": [[matrix, [5]], (a, b) => tf.pow(positive(a), b)],
  "maximum": [[matrix, matrix], (a, b) => tf.maximum(a, b)],
  "minimum": [[matrix, matrix], (a, b) => tf.minimum(a, b)],
  "squaredDifference": [[matrix, matrix], (a, b) => tf.squaredDifference(a, b)],
  "where": [[matrix, matrix], (a, b) => tf.where(tf.greater(values(matrix, 3), 0), a, b)],
  "relu": [[matrix], (x) => tf.relu(x)],
  "relu6": [[matrix], (x) => tf.relu6(tf.mul(x, 9))],
  "step": [[matrix], (x) => tf.mul(x, tf.step(x))],
  "leakyRelu": [[matrix], (x) => tf.leakyRelu(x)],
  "prelu": [[matrix, [5]], (x, a) => tf.prelu(x, a)],
  "elu": [[matrix], (x) => tf.elu(x)],
  "selu": [[matrix], (x) => tf.selu(x)],
  "sigmoid": [[matrix], (x) => tf.sigmoid(x)],
  "tanh": [[matrix], (x) => tf.tanh(x)],
  "softplus": [[matrix], (x) => tf.softplus(x)],
  "erf": [[matrix], (x) => tf.erf(x)],
  "exp": [[matrix], (x) => tf.exp(x)],
  "expm1": [[matrix], (x) => tf.expm1(x)],
  "log": [[matrix], (x) => tf.log(positive(x))],
  "log1p": [[matrix], (x) => tf.log1p(positive(x))],
  "sqrt": [[matrix], (x) => tf.sqrt(positive(x))],
  "rsqrt": [[matrix], (x) => tf.rsqrt(positive(x))],
  "square": [[matrix], (x) => tf.square(x)],
  "abs": [[matrix], (x) => tf.abs(x)],
  "clipByValue": [[matrix], (x) => tf.clipByValue(x, -0.5, 0.5)],
  "sin, cos": [[matrix], (x) => tf.sin(tf.cos(x))],
  "dropout": [[matrix], (x) => tf.dropout(x, 0.5, undefined, 7)],
};

/** Value and gradients of a case, weighted so that every output counts differently. */
function evaluate([shapes, f]: Case): number[][] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => values(shape, i + 1));
    const y = f(...inputs);
    const weights = values(y.shape, 9);
    const gradients = tf.grads((...x) => tf.sum(tf.mul(f(...x as tf.Tensor[]), weights)))(inputs);
    return [y, ...gradients].map((tensor) => [...tensor.dataSync()]);
  });
}

function worstError(actual: readonly number[][], expected: readonly number[][]): number {
  assertEquals(actual.map(({ length }) => length), expected.map(({ length }) => length));
  const errors = actual.flatMap((list, k) =>
    list.map((value, i) => Math.abs(value - expected[k]![i]!) / (1 + Math.abs(expected[k]![i]!)))
  );
  // Not Math.max: that would swallow a NaN only by luck.
  return errors.reduce((worst, error) => error <= worst ? worst : error, 0);
}

for (const [name, test] of Object.entries(CASES)) {
  testNative(`native gradient of ${name} equals that of cpu`, async () => {
    await tf.setBackend("cpu");
    const expected = evaluate(test);
    await nativeEngine.start();
    const before = tf.memory().numTensors;
    const actual = evaluate(test);
    assertEquals(tf.memory().numTensors, before);
    const error = worstError(actual, expected);
    assert(error < 1e-5, `${name}: ${error}`);
  });
}

/** Central differences of the weighted sum in every input, on the current backend. */
function differences([shapes, f]: Case): number[][] {
  const step = 1 / 128;
  const inputs = shapes.map((shape, i) => [...values(shape, i + 1).dataSync()]);
  const loss = () =>
    tf.tidy(() => {
      const y = f(...inputs.map((data, i) => tf.tensor(data, [...shapes[i]!])));
      return tf.sum(tf.mul(y, values(y.shape, 9))).dataSync()[0]!;
    });
  return inputs.map((data) =>
    data.map((value, i) => {
      const [up, down] = [step, -step].map((delta) => {
        data[i] = value + delta;
        return loss();
      });
      data[i] = value;
      return (up! - down!) / (2 * step);
    })
  );
}

/** Where cpu is wrong itself. All are linear, so differences are exact but for rounding. */
const AGAINST_DIFFERENCES: Readonly<Record<string, Case>> = {
  "avgPool 3x3 same": [[[1, 5, 5, 2]], (x) => ops.avgPool(x, 3, 1, "same")],
  "avgPool 3x3 pad 1": [[[1, 5, 5, 2]], (x) => ops.avgPool(x, 3, 2, 1)],
};

for (const [name, test] of Object.entries(AGAINST_DIFFERENCES)) {
  testNative(`native gradient of ${name} equals finite differences`, async () => {
    await nativeEngine.start();
    const [, ...actual] = evaluate(test);
    const error = worstError(actual, tf.tidy(() => differences(test)));
    assert(error < 1e-3, `${name}: ${error}`);
  });
}

/** TensorFlow.js has no gradient for these on any backend, and says so. */
const WITHOUT: Readonly<Record<string, Case>> = {
  "dilated conv2d": [[image, [3, 3, 3, 4]], (x, w) => ops.conv2d(x, w, 1, "same", "NHWC", 2)],
  "dilated depthwiseConv2d": [
    [image, [3, 3, 3, 1]],
    (x, w) => ops.depthwiseConv2d(x, w, 1, "same", "NHWC", 2),
  ],
  "einsum": [[[3, 4], [4, 5]], (a, b) => tf.einsum("ij,jk->ik", a, b)],
  "gatherND": [[matrix], (x) => tf.gatherND(x, tf.tensor2d([[0, 1]], [1, 2], "int32"))],
  "stridedSlice": [[matrix], (x) => tf.stridedSlice(x, [0, 0], [4, 5], [2, 2])],
  "cumprod": [[matrix], (x) => tf.cumprod(x, 1)],
  "topk": [[matrix], (x) => tf.topk(x, 2).values],
  "depthToSpace": [[[1, 2, 2, 4]], (x) => ops.depthToSpace(x, 2)],
  "maximum, broadcast": [[matrix, [5]], (a, b) => tf.maximum(a, b)],
  "minimum, broadcast": [[matrix, [5]], (a, b) => tf.minimum(a, b)],
};

function gradientError(test: Case): string {
  try {
    evaluate(test);
    return "";
  } catch (error) {
    return (error as Error).message.replace(/'(cpu|tensorflow)'/g, "");
  }
}

for (const [name, test] of Object.entries(WITHOUT)) {
  testNative(`native gradient of ${name} is refused as on cpu`, async () => {
    await tf.setBackend("cpu");
    const expected = gradientError(test);
    await nativeEngine.start();
    const actual = gradientError(test);
    assert(actual.length > 0 && expected.length > 0);
  });
}

testNative("native relu gradient has a gradient itself", async () => {
  await nativeEngine.start();
  tf.tidy(() => {
    // d²/dx² relu(x)³ = 6 relu(x)
    const third = (x: tf.Tensor) => tf.mul(tf.relu(x), tf.square(tf.relu(x)));
    const second = tf.grad((x) => tf.grad(third)(x))(tf.tensor1d([-1, 0.5, 2]));
    assertEquals([...second.dataSync()], [0, 3, 12]);
  });
});

testNative("native step keeps NaN and takes 0 for negative", async () => {
  await nativeEngine.start();
  const x = tf.tensor1d([NaN, -0, 0, -2, 3]);
  assertEquals([...tf.step(x).dataSync()], [NaN, 0, 0, 0, 1]);
  assertEquals([...tf.step(x, -1).dataSync()], [NaN, -1, -1, -1, 1]);
  x.dispose();
});
