import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "../engine.ts";
import { testNative, values } from "../testing.ts";
import { composedProduct, fusedProduct } from "./product.ts";

type Inputs = Record<string, tf.Tensor>;

function runKernel(name: string, inputs: Inputs, attrs: tf.NamedAttrMap = {}): tf.Tensor[] {
  const outputs = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs);
  return [outputs].flat() as tf.Tensor[];
}

/** Native's outputs equal those of a formula on cpu, and no tensor is left. */
async function assertEqualsFormula(
  kernel: { name: string; attrs?: tf.NamedAttrMap },
  shapes: Readonly<Record<string, readonly number[]>>,
  formula: (inputs: Inputs) => tf.Tensor[],
): Promise<void> {
  const evaluate = (f: (inputs: Inputs) => tf.Tensor[]) =>
    tf.tidy(() => {
      const entries = Object.entries(shapes).map((
        [name, shape],
        i,
      ) => [name, values(shape, i + 1)]);
      const outputs = f(Object.fromEntries(entries));
      return outputs.map((output) => [output.shape, [...output.dataSync()]] as const);
    });
  await tf.setBackend("cpu");
  const expected = evaluate(formula);
  await nativeEngine.start();
  const before = tf.memory().numTensors;
  const actual = evaluate((inputs) => runKernel(kernel.name, inputs, kernel.attrs));
  assertEquals(tf.memory().numTensors, before);
  assertEquals(actual.map(([shape]) => shape), expected.map(([shape]) => shape));
  actual.forEach(([, list], k) =>
    list.forEach((value, i) => {
      const wanted = expected[k]![1][i]!;
      assert(Math.abs(value - wanted) <= 1e-5 * (1 + Math.abs(wanted)), `${value}, ${wanted}`);
    })
  );
}

const rows = (x: tf.Tensor): tf.Tensor2D => {
  const channels = x.shape.at(-1)!;
  return tf.reshape(x, [x.size / channels, channels]);
};

for (const shape of [[2, 4, 4, 3], [2, 4, 4, 16], [5, 3], [32, 7], [1, 16]]) {
  testNative(
    `EspalierColumnMoments of [${shape}] equals tf.moments`,
    () =>
      assertEqualsFormula({ name: "EspalierColumnMoments" }, { x: shape }, ({ x }) => {
        const { mean, variance } = tf.moments(rows(x!), 0);
        return [mean, variance];
      }),
  );
}

testNative("EspalierColumnMoments survives a mean far larger than the deviation", async () => {
  await nativeEngine.start();
  // Halves of 1000.25 and 999.75: mean 1000, variance 1/16, exact in float32.
  const x = tf.tensor2d(Float32Array.from({ length: 96 }, (_, i) => i % 2 ? 1000.25 : 999.75), [
    32,
    3,
  ]);
  const [mean, variance] = runKernel("EspalierColumnMoments", { x });
  assertEquals([...mean!.dataSync()], [1000, 1000, 1000]);
  assertEquals([...variance!.dataSync()], [0.0625, 0.0625, 0.0625]);
  tf.dispose([x, mean!, variance!]);
});

for (const shape of [[2, 4, 4, 3], [5, 3]]) {
  const wide = [...shape.slice(0, -1), 4];
  for (const relu of [false, true]) {
    const finish = (
      y: tf.Tensor,
      target: readonly number[],
    ) => [tf.reshape(relu ? tf.relu(y) : y, [...target])];
    const kernel = { name: "EspalierAffine", attrs: { relu } };
    const suffix = `of [${shape}]${relu ? " with relu" : ""}`;

    testNative(`EspalierAffine ${suffix} multiplies by a matrix`, async () => {
      const shapes = { x: shape, matrix: [3, 4], bias: [4] };
      const formula = ({ x, matrix, bias }: Inputs) =>
        tf.add(tf.matMul(rows(x!), matrix as tf.Tensor2D), bias!);
      await assertEqualsFormula(kernel, shapes, (inputs) => finish(formula(inputs), wide));
      await assertEqualsFormula(
        kernel,
        { ...shapes, residual: wide },
        (inputs) => finish(tf.add(formula(inputs), rows(inputs.residual!)), wide),
      );
      await assertEqualsFormula(
        kernel,
        { ...shapes, residual: wide, scale: [4] },
        (inputs) =>
          finish(
            tf.add(formula(inputs), tf.mul(rows(inputs.residual!), inputs.scale!)),
            wide,
          ),
      );
    });

    testNative(`EspalierAffine ${suffix} multiplies by a diagonal`, async () => {
      const shapes = { x: shape, matrix: [3], bias: [3] };
      const formula = ({ x, matrix, bias }: Inputs) => tf.add(tf.mul(x!, matrix!), bias!);
      await assertEqualsFormula(kernel, shapes, (inputs) => finish(formula(inputs), shape));
      await assertEqualsFormula(
        kernel,
        { ...shapes, residual: shape, scale: [3] },
        (inputs) => finish(tf.add(formula(inputs), tf.mul(inputs.residual!, inputs.scale!)), shape),
      );
    });
  }

  testNative(`EspalierAffineGrad of [${shape}] gives d, its sums and xᵀd`, async () => {
    const shapes = { x: shape, dy: wide };
    const formula = ({ x, dy, y }: Inputs) => {
      const d = y ? tf.mul(dy!, tf.step(y)) : tf.clone(dy!);
      return [d, tf.sum(rows(d), 0), tf.matMul(rows(x!), rows(d), true, false)];
    };
    const kernel = { name: "EspalierAffineGrad" };
    await assertEqualsFormula(kernel, shapes, formula);
    await assertEqualsFormula(kernel, { ...shapes, y: wide }, formula);
  });

  testNative(`EspalierAffineGrad of [${shape}] sums x∘d for a diagonal`, () =>
    assertEqualsFormula(
      { name: "EspalierAffineGrad", attrs: { diagonal: true } },
      { x: shape, dy: shape, y: shape },
      ({ x, dy, y }) => {
        const d = tf.mul(dy!, tf.step(y!));
        return [d, tf.sum(rows(d), 0), tf.sum(tf.mul(rows(x!), rows(d)), 0)];
      },
    ));
}

testNative("fusedProduct() computes what public ops compute", async () => {
  await nativeEngine.start();
  tf.tidy(() => {
    const [x, matrix, bias] = [values([2, 3, 3, 5], 1), values([5, 4], 2), values([4], 3)];
    const residual = values([2, 3, 3, 4], 4);
    for (const options of [{ isRelu: false }, { isRelu: true }, { isRelu: true, residual }]) {
      const composed = composedProduct({ x, matrix, bias, ...options });
      const fused = fusedProduct({ x, matrix, bias, ...options }) ?? composed;
      assertEquals(fused.shape, [2, 3, 3, 4]);
      assert(tf.max(tf.abs(tf.sub(fused, composed))).dataSync()[0]! < 1e-6);
      const expected = tf.add(tf.matMul(rows(x), matrix as tf.Tensor2D), bias);
      const sum = "residual" in options ? tf.add(expected, rows(residual)) : expected;
      const wanted = options.isRelu ? tf.relu(sum) : sum;
      assert(tf.max(tf.abs(tf.sub(rows(composed), wanted))).dataSync()[0]! < 1e-6);
    }
  });
});

for (const [c, d] of [[3, 3], [3, 5], [5, 3]] as const) {
  testNative(`EspalierResidualAdd adds ${c} and ${d} channels`, async () => {
    const widest = Math.max(c, d);
    const wide = (x: tf.Tensor) => tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, widest - x.shape[3]!]]);
    for (const relu of [false, true]) {
      await assertEqualsFormula(
        { name: "EspalierResidualAdd", attrs: { relu } },
        { a: [2, 3, 3, c], b: [2, 3, 3, d] },
        ({ a, b }) => {
          const sum = tf.add(wide(a!), wide(b!));
          return [relu ? tf.relu(sum) : sum];
        },
      );
    }
  });

  testNative(`EspalierResidualAddGrad parts ${c} and ${d} channels`, async () => {
    const shape = [2, 3, 3, Math.max(c, d)];
    const kernel = { name: "EspalierResidualAddGrad", attrs: { channels: [c, d] } };
    const formula = ({ dy, y }: Inputs) => {
      const masked = y ? tf.mul(dy!, tf.step(y)) : dy!;
      return [c, d].map((channels) => tf.slice(masked, [0, 0, 0, 0], [2, 3, 3, channels]));
    };
    await assertEqualsFormula(kernel, { dy: shape }, formula);
    await assertEqualsFormula(kernel, { dy: shape, y: shape }, formula);
  });
}
