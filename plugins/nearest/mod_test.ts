import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { AggregatorToken, EspalierError, openServices } from "@espalier/core";
import { nearest } from "./mod.ts";

await tf.setBackend("cpu");

Deno.test("nearest() provides an aggregator whose matrix is its resize", async () => {
  await using services = openServices([nearest()]);
  const { resize, matrix } = services.get(AggregatorToken);
  tf.tidy(() => {
    const x = tf.tensor2d([[1, 2, 4], [8, 16, 32]]);
    const product = tf.matMul(x, tf.tensor2d(matrix!(3, 5), [3, 5]));
    assertEquals(resize(x, 5).arraySync(), product.arraySync() as never);
  });
});

Deno.test("nearest() refuses options, as it has none", () => {
  const error = assertThrows(() => nearest({ scale: 2 } as never), EspalierError, "scale");
  assertEquals(error.code, "ERR_PLUGIN_OPTIONS");
});
