import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { EspalierError } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { LIBRARY_FILES } from "../ffi/library.ts";
import { testContext } from "../testing.ts";
import { findLibrary } from "./folder.ts";
import { prove } from "./prove.ts";
import { digest, EXPECTED, gradients, pattern } from "./proof.ts";

Deno.test("EXPECTED is what the cpu backend computes", async () => {
  await tf.setBackend("cpu");
  const found = tf.tidy(() => {
    const x = tf.tensor4d(pattern(2 * 8 * 8 * 3, 7), [2, 8, 8, 3]);
    const w = tf.tensor4d(pattern(3 * 3 * 3 * 4, 3), [3, 3, 3, 4]);
    const loss = (x: tf.Tensor, w: tf.Tensor) =>
      tf.sum(tf.square(tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"))));
    return tf.grads(loss)([x, w]).map((gradient) => digest(gradient.dataSync()));
  });
  found.forEach((value, i) => assertAlmostEquals(value, EXPECTED[i]!, 1e-3));
});

testContext("gradients() of the library are as expected", (context) => {
  gradients(context).forEach((value, i) => assertAlmostEquals(value, EXPECTED[i]!, 1e-2));
});

testContext("prove() passes the installed library", async () => {
  const { folder } = await findLibrary();
  await prove(folder!, undefined);
});

testContext("prove() survives a library that was cut, which ends its process", async () => {
  const { folder } = await findLibrary();
  const cut = await Deno.makeTempDir();
  try {
    const [framework, cc] = LIBRARY_FILES;
    await Deno.symlink(`${folder}/${cc}`, `${cut}/${cc}`);
    await Deno.copyFile(`${folder}/${framework}`, `${cut}/${framework}`);
    await Deno.truncate(`${cut}/${framework}`, 30_000_000);
    const error = await assertRejects(() => prove(cut, undefined), EspalierError, "SIGBUS");
    assertEquals(error.code, "ERR_INSTALL_DAMAGED");
  } finally {
    await Deno.remove(cut, { recursive: true });
  }
});
