import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import fixture from "../../tests/fixtures/tas/kd.json" with { type: "json" };
import { distillationLoss, softenedCrossEntropy, softenedDivergence } from "./kd.ts";
import { kdOptionsSchema } from "./options.ts";

await tf.setBackend("cpu");

/** Mean cross-entropy with integer labels, composed here. */
function hardLoss(logits: Tensor2D, labels: readonly number[]): Scalar {
  const oneHot = tf.oneHot(tf.tensor1d([...labels], "int32"), logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1)));
}

/** The entropy of softmax(logits / T), batch mean, on the host. */
function entropy(logits: readonly (readonly number[])[], temperature: number): number {
  return logits.reduce((total, row) => {
    const exps = row.map((z) => Math.exp(z / temperature));
    const sum = exps.reduce((a, b) => a + b);
    return total - exps.reduce((h, e) => h + e / sum * Math.log(e / sum), 0);
  }, 0) / logits.length;
}

Deno.test("distillationLoss() and the labels' rest give the recorded loss and gradient", () => {
  for (const { alpha, temperature, student, teacher, labels, expect } of fixture.cases) {
    const options = { weight: alpha, temperature, form: "kl" } as const;
    const { value, grad } = tf.valueAndGrad((z) => {
      const logits = { student: z as Tensor2D, teacher: tf.tensor2d(teacher) };
      const hard = tf.mul(hardLoss(logits.student, labels), 1 - alpha);
      return tf.add(hard, distillationLoss(logits, options));
    })(tf.tensor2d(student));
    assertAlmostEquals(value.dataSync()[0]!, expect.loss, 1e-5 * expect.loss);
    const largest = Math.max(...expect.gradient.flat().map(Math.abs));
    expect.gradient.flat().forEach((g, i) =>
      assertAlmostEquals(grad.dataSync()[i]!, g, 1e-5 * largest)
    );
  }
});

Deno.test("softenedCrossEntropy() is the divergence without T², plus the teacher's entropy", () => {
  const { student, teacher } = fixture.cases[0]!;
  const logits = { student: tf.tensor2d(student), teacher: tf.tensor2d(teacher) };
  for (const temperature of [1, 4]) {
    const divergence = softenedDivergence(logits, temperature).dataSync()[0]! / temperature ** 2;
    const expected = divergence + entropy(teacher, temperature);
    assertAlmostEquals(softenedCrossEntropy(logits, temperature).dataSync()[0]!, expected, 1e-5);
  }
});

Deno.test("distillationLoss() weighs the form that is asked for", () => {
  // p = (3/4, 1/4) against q = (1/2, 1/2) at T = 1.
  const teacher = tf.tensor2d([[Math.log(3), 0]]);
  const logits = { student: tf.zeros<tf.Rank.R2>([1, 2]), teacher };
  const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  const of = (form: "kl" | "cross-entropy") =>
    distillationLoss(logits, { weight: 0.5, temperature: 1, form }).dataSync()[0]!;
  assertAlmostEquals(of("kl"), 0.5 * kl, 1e-6);
  assertAlmostEquals(of("cross-entropy"), 0.5 * Math.log(2), 1e-6);
});

Deno.test("softenedDivergence() stays finite and exact at huge logits", () => {
  const logits = { student: tf.tensor2d([[1e4, 0, -1e4]]), teacher: tf.tensor2d([[0, 1e4, -1e4]]) };
  const { value, grad } = tf.valueAndGrad((z) =>
    softenedDivergence({ ...logits, student: z as Tensor2D }, 1)
  )(logits.student);
  assertEquals(value.dataSync()[0], 1e4);
  assertEquals([...grad.dataSync()], [1, -1, 0]);
});

Deno.test("softenedDivergence() is zero, with zero gradient, where both agree", () => {
  const logits = tf.tensor2d([[1, -2, 0.5]]);
  const { value, grad } = tf.valueAndGrad((z) =>
    softenedDivergence({ student: z as Tensor2D, teacher: logits }, 4)
  )(logits);
  assertEquals(value.dataSync()[0], 0);
  assert(grad.dataSync().every((g) => Math.abs(g) < 1e-6));
});

Deno.test("kdOptionsSchema fills in the official values and refuses what is none", () => {
  assertEquals(kdOptionsSchema.parse({}), { weight: 0.9, temperature: 4, form: "kl" });
  for (const bad of [{ weight: 1.1 }, { weight: -1 }, { temperature: 0 }, { alpha: 0.9 }]) {
    assertThrows(() => kdOptionsSchema.parse(bad));
  }
});

Deno.test("distillationLoss() softens the classes of each pixel, of a map or a vector", () => {
  // Two pixels: p = (3/4, 1/4) against q = (1/2, 1/2), and p = q.
  const map = tf.tensor4d([Math.log(3), 0, 1, 1], [1, 1, 2, 2]);
  const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  const options = {
    weight: 0.5,
    temperature: 1,
    form: "kl",
    kind: "class-map",
    classes: 2,
  } as const;
  for (const teacher of [map, map.reshape([1, 4])]) {
    const loss = distillationLoss({ student: tf.zerosLike(teacher), teacher }, options);
    assertAlmostEquals(loss.dataSync()[0]!, 0.5 * kl / 2, 1e-6);
  }
});

Deno.test("distillationLoss() softens each of several classes by itself", () => {
  // σ(ln 3) = 3/4 against σ(0) = 1/2; the second class agrees.
  const logits = { student: tf.tensor2d([[0, 2]]), teacher: tf.tensor2d([[Math.log(3), 2]]) };
  const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  const options = { weight: 1, temperature: 1, form: "kl", kind: "classes" } as const;
  assertAlmostEquals(distillationLoss(logits, options).dataSync()[0]!, kl / 2, 1e-6);
  const gradient = tf.grad((z) => distillationLoss({ ...logits, student: z }, options))(
    logits.student,
  );
  // (σ(z) − σ(ẑ)) / 2
  assertAlmostEquals(gradient.dataSync()[0]!, (0.5 - 0.75) / 2, 1e-6);
});

Deno.test("distillationLoss() is the squared distance where outputs are numbers", () => {
  const outputs = {
    student: tf.tensor2d([[1, 2], [3, 4]]),
    teacher: tf.tensor2d([[1, 0], [0, 4]]),
  };
  for (const form of ["kl", "cross-entropy"] as const) {
    const options = { weight: 0.5, temperature: 4, form, kind: "numbers" } as const;
    assertAlmostEquals(distillationLoss(outputs, options).dataSync()[0]!, 0.5 * (4 + 9) / 4, 1e-6);
  }
});

Deno.test("distillationLoss() makes one tensor, and it alone", () => {
  const logits = { student: tf.ones<tf.Rank.R2>([2, 3]), teacher: tf.zeros<tf.Rank.R2>([2, 3]) };
  const before = tf.memory().numTensors;
  for (const form of ["kl", "cross-entropy"] as const) {
    const loss = distillationLoss(logits, { weight: 0.9, temperature: 4, form });
    assertEquals(tf.memory().numTensors, before + 1);
    loss.dispose();
  }
});
