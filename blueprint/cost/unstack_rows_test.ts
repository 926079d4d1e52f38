import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { unstackRows } from "./unstack_rows.ts";

await tf.setBackend("cpu");

/** Σ (r + 1) · row_r, whose gradient is the number of each row. */
function weighted(rows: readonly tf.Tensor[]): tf.Tensor {
  return tf.addN(rows.map((row, r) => tf.mul(row, r + 1).sum()));
}

for (const shape of [[3, 2], [1, 2], [3], [1], [1, 2, 2], [2, 2, 2]]) {
  Deno.test(`unstackRows() splits [${shape}] and has a gradient`, () => {
    const [count, ...rest] = shape;
    const x = tf.range(0, tf.util.sizeFromShape(shape)).reshape(shape);
    const rows = unstackRows(x);
    assertEquals(rows.map((row) => row.shape), Array.from({ length: count! }, () => rest));
    assertEquals(tf.stack(rows).arraySync(), x.arraySync());
    const gradient = tf.grad((x) => weighted(unstackRows(x)))(x);
    const expected = tf.stack(rows.map((_, r) => tf.fill(rest, r + 1)));
    assertEquals(gradient.arraySync(), expected.arraySync());
  });
}

Deno.test("unstackRows() is needed: tf.unstack of one row cannot be differentiated", () => {
  assertThrows(() => tf.grad((x) => weighted(tf.unstack(x)))(tf.zeros([1, 2])));
});
