/**
 * Kernels of the native and the wasm engine on the shapes of ResNet-20, side by side:
 * `deno run -A engines/native/kernels_bench.ts`. Read the ratios; the milliseconds drift.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "./mod.ts";
import { wasmEngine } from "../wasm/mod.ts";

const BATCH = 128;
const ROUNDS = 9;
const WARM_UPS = 2;

/** Size of the image, channels in and out, stride. */
const SHAPES = [[32, 16, 16, 1], [32, 14, 11, 1], [16, 32, 32, 1], [8, 64, 64, 1], [32, 16, 32, 2]];

type Shape4D = [number, number, number, number];

function casesOf([size, cin, cout, stride]: readonly number[]) {
  const out = size! / stride!;
  const x = tf.randomNormal([BATCH, size!, size!, cin!], 0, 1, "float32", 1) as tf.Tensor4D;
  const w = tf.randomNormal([3, 3, cin!, cout!], 0, 1, "float32", 2) as tf.Tensor4D;
  const dy = tf.randomNormal([BATCH, out, out, cout!], 0, 1, "float32", 3) as tf.Tensor4D;
  const y = tf.relu(dy);
  const channels = tf.ones([cout!]);
  const matrix = tf.ones([cout!, cout!]);
  const attrs = { strides: [stride!, stride!], pad: 1, dataFormat: "NHWC" };
  const kernel = (name: string, inputs: tf.NamedTensorMap, more = {}) =>
    tf.engine().runKernel(name, inputs, more);
  const norm = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm4d(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
    );
  };
  return {
    "conv forward": () => tf.conv2d(x, w, [stride!, stride!], 1),
    "conv input gradient": () =>
      kernel("Conv2DBackpropInput", { dy, filter: w }, { ...attrs, inputShape: x.shape }),
    "conv filter gradient": () =>
      kernel("Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape: w.shape as Shape4D }),
    "relu and gradient": () => tf.grad((x) => tf.relu(x))(dy, y),
    "batch norm": () => norm(dy, channels, channels),
    "batch norm and gradient": () =>
      tf.grads((...inputs) => norm(...inputs as [tf.Tensor, tf.Tensor, tf.Tensor]))(
        [dy, channels, channels],
        y,
      ),
    "column moments": () => kernel("EspalierColumnMoments", { x: dy }),
    "affine, relu, residual": () =>
      kernel("EspalierAffine", { x: dy, matrix, bias: channels, residual: y }, { relu: true }),
    "affine gradient": () => kernel("EspalierAffineGrad", { x: dy, dy, y }),
  };
}

function time(run: () => unknown): number {
  const start = performance.now();
  tf.tidy(() => void run());
  return performance.now() - start;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1]!;

tf.enableProdMode();
// deno-lint-ignore no-console -- a benchmark prints
const print = console.log;
for (const shape of SHAPES) {
  const [size, cin, cout, stride] = shape;
  print(`[${BATCH}, ${size}, ${size}, ${cin}] to ${cout} channels, stride ${stride}`);
  const engines = [];
  for (const engine of [nativeEngine, wasmEngine]) {
    const { device } = await engine.start();
    engines.push({
      engine,
      device,
      backend: tf.getBackend(),
      cases: Object.entries(casesOf(shape)),
    });
  }
  for (const [i, [name]] of engines[0]!.cases.entries()) {
    const times: number[][] = engines.map(() => []);
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      for (const [k, { backend, cases }] of engines.entries()) {
        await tf.setBackend(backend);
        const ms = time(cases[i]![1]);
        if (round >= 0) times[k]!.push(ms);
      }
    }
    const [native, wasm] = times.map(median);
    print(
      `  ${name.padEnd(26)} native ${native!.toFixed(2).padStart(7)} ms` +
        `  wasm ${wasm!.toFixed(2).padStart(7)} ms  ${(wasm! / native!).toFixed(1)} times`,
    );
  }
  tf.disposeVariables();
}
