import * as tf from "@tensorflow/tfjs";
import { assertGradients, assertLikeCpu, type Subject } from "./testing.ts";

const subjectOf = (stride: number, pad: "same" | "valid"): Subject => (x, filter) =>
  tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, stride, pad);

Deno.test("conv3d() and its gradients equal the cpu backend's", async () => {
  for (const stride of [1, 2]) {
    for (const pad of ["same", "valid"] as const) {
      const inputs = [{ shape: [2, 4, 5, 3, 2] }, { shape: [3, 2, 2, 2, 3] }];
      const message = JSON.stringify({ stride, pad });
      await assertLikeCpu(subjectOf(stride, pad), { inputs, message });
    }
  }
});

Deno.test("conv3d() has the gradients that finite differences give", async () => {
  for (const stride of [1, 2]) {
    const inputs = [{ shape: [1, 3, 4, 2, 2] }, { shape: [2, 3, 1, 2, 1] }];
    await assertGradients(subjectOf(stride, "same"), { inputs, message: `stride ${stride}` });
  }
});
