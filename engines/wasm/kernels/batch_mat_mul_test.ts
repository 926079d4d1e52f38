import * as tf from "@tensorflow/tfjs";
import { assertGradients, assertLikeCpu, type Subject } from "./testing.ts";

function shapes(
  { batchA, batchB, transposeA, transposeB, sizes: [m, k, n] }: {
    batchA: number[];
    batchB: number[];
    transposeA: boolean;
    transposeB: boolean;
    sizes: [number, number, number];
  },
) {
  return [
    { shape: [...batchA, ...(transposeA ? [k, m] : [m, k])] },
    { shape: [...batchB, ...(transposeB ? [n, k] : [k, n])] },
  ];
}

const TRANSPOSES = [[false, false], [true, false], [false, true], [true, true]] as const;

function subjectOf(transposeA: boolean, transposeB: boolean): Subject {
  return (a, b) => tf.matMul(a!, b!, transposeA, transposeB);
}

Deno.test("matMul() and its gradients equal the cpu backend's, transposed and batched", async () => {
  for (const [transposeA, transposeB] of TRANSPOSES) {
    for (const [batchA, batchB] of [[[], []], [[3], [3]], [[2, 2], [2, 2]], [[1], [1]]]) {
      for (const sizes of [[3, 4, 5], [1, 7, 2], [33, 40, 1]] as [number, number, number][]) {
        const c = { batchA: batchA!, batchB: batchB!, transposeA, transposeB, sizes };
        const message = JSON.stringify(c);
        await assertLikeCpu(subjectOf(transposeA, transposeB), { inputs: shapes(c), message });
      }
    }
  }
});

Deno.test("matMul() repeats the operand that has no batch", async () => {
  for (const [transposeA, transposeB] of TRANSPOSES) {
    for (const [batchA, batchB] of [[[3], []], [[], [3]], [[1], [3]], [[2, 2], [1, 1]]]) {
      const sizes: [number, number, number] = [3, 4, 5];
      const c = { batchA: batchA!, batchB: batchB!, transposeA, transposeB, sizes };
      const message = JSON.stringify(c);
      const options = { inputs: shapes(c), message, forwardOnly: true };
      await assertLikeCpu(subjectOf(transposeA, transposeB), options);
    }
  }
});

Deno.test("matMul() sums over more rows than it transposes at a time", async () => {
  const inputs = [{ shape: [8192 + 5, 3] }, { shape: [8192 + 5, 2] }];
  await assertLikeCpu(subjectOf(true, false), { inputs, message: "long" });
});

Deno.test("matMul() takes one long row", async () => {
  for (const [transposeA, transposeB] of TRANSPOSES) {
    const sizes: [number, number, number] = [1, 600, 3];
    const c = { batchA: [], batchB: [], transposeA, transposeB, sizes };
    const message = JSON.stringify(c);
    await assertLikeCpu(subjectOf(transposeA, transposeB), { inputs: shapes(c), message });
  }
});

Deno.test("matMul() has the gradients that finite differences give", async () => {
  for (const [transposeA, transposeB] of TRANSPOSES) {
    const sizes: [number, number, number] = [3, 4, 2];
    const c = { batchA: [2], batchB: [2], transposeA, transposeB, sizes };
    const message = JSON.stringify(c);
    await assertGradients(subjectOf(transposeA, transposeB), { inputs: shapes(c), message });
  }
});

Deno.test("matMul() of an empty matrix is empty", async () => {
  const subject: Subject = (a, b) => tf.matMul(a!, b!);
  await assertLikeCpu(subject, {
    inputs: [{ shape: [0, 3] }, { shape: [3, 2] }],
    message: "0 rows",
  });
});
