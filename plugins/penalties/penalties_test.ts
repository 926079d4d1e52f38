import { conv } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { filterLasso, scaleNorm } from "./mod.ts";

await tf.setBackend("cpu");

/** Two convolutions that meet in a sum, and one behind it. */
const NETWORK: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 1] },
    conv({ id: "stem", input: "images", channels: 2, kernel: 1 }),
    conv({ id: "block", input: "stem", channels: 2, kernel: 1 }),
    { id: "add", op: "add", inputs: ["block", "stem"], projection: { norm: false } },
    conv({ id: "last", input: "add", channels: 1, kernel: 1 }),
    { id: "pool", op: "global-pool", inputs: ["last"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

const kernels = (stem: number[], block: number[], last: number[]) =>
  new Map<string, tf.Tensor>([
    ["stem/kernel", tf.tensor4d(stem, [1, 1, 1, 2])],
    ["block/kernel", tf.tensor4d(block, [1, 1, 2, 2])],
    ["last/kernel", tf.tensor4d(last, [1, 1, 2, 1])],
    ["classifier/kernel", tf.tensor2d([9, 9], [1, 2])],
  ]);

Deno.test("scaleNorm() is the sum of |γ|, and nothing else", () => {
  const parameters = new Map([
    ["a/norm/gamma", tf.tensor1d([1, -2])],
    ["b/norm/3/gamma", tf.tensor1d([0.5])],
    ["b/norm/beta", tf.tensor1d([7])],
  ]);
  assertEquals(scaleNorm(parameters).dataSync()[0], 3.5);
  assertEquals(scaleNorm(new Map()).dataSync()[0], 0);
});

Deno.test("filterLasso() is √n times the norm of all that makes a channel", () => {
  // Channel 0: 1; 2, 2: norm 3. Channel 1: 2; 1, 2: norm 3. Three weights each: √3 · 6.
  // The last one: 3, 4: √2 · 5. The classifier makes the classes, which stay.
  const parameters = kernels([1, 2], [2, 1, 2, 2], [3, 4]);
  const expected = Math.sqrt(3) * 6 + Math.sqrt(2) * 5;
  assertAlmostEquals(filterLasso(parameters, NETWORK).dataSync()[0]!, expected, 1e-5);
});

Deno.test("filterLasso() has a finite gradient at 0, and that of a norm elsewhere", () => {
  const parameters = kernels([0, 2], [0, 1, 0, 2], [0, 0]);
  const gradient = tf.grad((block: tf.Tensor) =>
    filterLasso(new Map([...parameters, ["block/kernel", block]]), NETWORK)
  )(parameters.get("block/kernel")!);
  // √3 · w / 3 in channel 1.
  const expected = [0, 1 / Math.sqrt(3), 0, 2 / Math.sqrt(3)];
  gradient.dataSync().forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-5));
});

Deno.test("filterLasso() by gradient steps lets a whole channel fade, in all layers that make it", () => {
  // Channel 0 is needed: it is pulled back to where it was.
  const first = kernels([1, 0.1], [1, 0.1, 1, 0.1], [1, 1]);
  const names = ["stem/kernel", "block/kernel"];
  let now = names.map((name) => first.get(name)!);
  const loss = (...ws: tf.Tensor[]) => {
    const parameters = new Map([...first, ...names.map((name, i) => [name, ws[i]!] as const)]);
    const off = ws.map((w, i) => w.sub(first.get(names[i]!)!).square().sum<tf.Scalar>());
    return filterLasso(parameters, NETWORK).mul(0.2).add(tf.addN(off)) as tf.Scalar;
  };
  for (let step = 0; step < 300; step++) {
    const gradients = tf.grads(loss)(now);
    now = now.map((w, i) => w.sub(gradients[i]!.mul(0.02)));
  }
  for (const w of now) {
    w.dataSync().forEach((value, i) =>
      assert(i % 2 === 0 ? value > 0.8 : Math.abs(value) < 0.02, `${i}: ${value}`)
    );
  }
});

Deno.test("the penalties leave one tensor, and it alone", () => {
  const parameters = kernels([1, 2], [2, 1, 2, 2], [3, 4]);
  const before = tf.memory().numTensors;
  filterLasso(parameters, NETWORK).dispose();
  scaleNorm(parameters).dispose();
  assertEquals(tf.memory().numTensors, before);
});
