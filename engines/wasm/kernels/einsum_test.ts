import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { assertClose, use, wave } from "./testing.ts";

const CASES: [string, number[][]][] = [
  ["ij,jk->ik", [[3, 4], [4, 5]]],
  ["bij,bkj->bik", [[2, 3, 4], [2, 5, 4]]],
  ["ij->ji", [[3, 4]]],
  ["ij->ij", [[3, 4]]],
  ["ij->", [[3, 4]]],
  ["ij,j->i", [[3, 4], [4]]],
  ["i,j->ij", [[3], [4]]],
];

Deno.test("einsum() equals the cpu backend's and leaves its inputs alone", async () => {
  for (const [equation, shapes] of CASES) {
    const found: { shape: number[]; values: Float32Array }[] = [];
    for (const backend of ["cpu", "wasm"] as const) {
      await use(backend);
      const inputs = shapes.map((shape, i) =>
        tf.tensor(wave(shape.reduce((a, b) => a * b, 1), i), shape)
      );
      const data = (tf.backend() as unknown as { numDataIds(): number }).numDataIds();
      const out = tf.einsum(equation, ...inputs);
      found.push({ shape: out.shape, values: out.dataSync() as Float32Array });
      out.dispose();
      if (backend === "wasm") {
        assertEquals((tf.backend() as unknown as { numDataIds(): number }).numDataIds(), data);
      }
      tf.dispose(inputs);
    }
    assertEquals(found[1]!.shape, found[0]!.shape, equation);
    assertClose(found[1]!.values, found[0]!.values, { message: equation });
  }
});
