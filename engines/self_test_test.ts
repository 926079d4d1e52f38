import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { EspalierError } from "@espalier/core";
import {
  SELF_TEST_EXPECTED,
  SELF_TEST_SHAPES,
  selfTest,
  selfTestLoss,
  type SelfTestName,
  selfTestValues,
  selfTestWave,
} from "./self_test.ts";
import { wasmEngine } from "./wasm/mod.ts";

const names = Object.keys(SELF_TEST_SHAPES) as SelfTestName[];

Deno.test("the self-test's numbers are those of the cpu backend", async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const found = await selfTestValues();
  assertEquals(tf.memory().numTensors, before);
  for (const [name, value] of Object.entries(found)) {
    assertAlmostEquals(value, SELF_TEST_EXPECTED[name as SelfTestName], 6e-6, name);
  }
});

Deno.test("the self-test's numbers are those of finite differences", async () => {
  await tf.setBackend("cpu");
  const step = 2 ** -10; // a longer one crosses kinks of relu and max-pooling
  names.forEach((name, i) => {
    const lossAt = (distance: number): number =>
      tf.tidy(() => {
        const parameters = names.map((other) => selfTestWave(other, "value"));
        const shift = tf.mul(selfTestWave(name, "direction"), distance);
        parameters[i] = tf.add(parameters[i]!, shift);
        return selfTestLoss(...parameters).dataSync()[0]!;
      });
    // Central differences of fourth order.
    const near = lossAt(step) - lossAt(-step), far = lossAt(2 * step) - lossAt(-2 * step);
    const slope = (8 * near - far) / (12 * step);
    assertAlmostEquals(slope, SELF_TEST_EXPECTED[name], 1e-4, name);
  });
});

Deno.test("selfTest() accepts the wasm engine", async () => {
  await wasmEngine.start();
  await selfTest();
});

Deno.test("selfTest() refuses a backend with one wrong kernel and names what is off", async () => {
  await wasmEngine.start();
  const right = tf.getKernel("MaxPoolGrad", "wasm");
  tf.unregisterKernel("MaxPoolGrad", "wasm");
  // Twice what it should be.
  tf.registerKernel({
    ...right,
    kernelFunc: (args) => {
      const result = right.kernelFunc(args) as tf.TensorInfo;
      const doubled = tf.getKernel("Add", "wasm").kernelFunc({
        inputs: { a: result, b: result },
        backend: args.backend,
      });
      tf.backend().disposeData(result.dataId);
      return doubled;
    },
  });
  try {
    const error = await assertRejects(selfTest, EspalierError, "the gradient of images");
    assertEquals(error.code, "ERR_ENGINE_SELF_TEST");
  } finally {
    tf.unregisterKernel("MaxPoolGrad", "wasm");
    tf.registerKernel(right);
  }
});
