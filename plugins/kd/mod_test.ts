import { openServices, type Outputs, TransferToken, valueAt } from "@espalier/core";
import { pluginConformance, transferConformance, transferInput } from "@espalier/testing";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss } from "./kd.ts";
import { linearSchedule } from "./linear_schedule.ts";
import { kd } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({
    factory: kd,
    valid: [{ weight: 0 }, { weight: 1, form: "cross-entropy" }, { finalWeight: 0 }],
    invalid: [{ weight: 1.1 }, { temperature: 0 }, { form: "mse" }, { finalTemperature: 0 }],
  }),
  ...transferConformance({ plugins: () => [kd()] }),
  ...transferConformance({ plugins: () => [kd({ form: "cross-entropy" })] }),
  ...transferConformance({ plugins: () => [kd({ finalWeight: 0.1, finalTemperature: 1 })] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

function outputs(logits: number[][]): Outputs {
  return { logits: tf.tensor2d(logits), features: new Map() };
}

Deno.test("kd() provides a transfer that leaves the labels the rest of its weight", async () => {
  await using services = openServices([kd({ weight: 0.75, temperature: 2 })]);
  const [transfer, ...others] = services.getAll(TransferToken);
  assertEquals(others, []);
  assertEquals(transfer!.taskWeight, 0.25);
  const [student, teacher] = [outputs([[1, 2, 0]]), outputs([[0, 3, 1]])];
  const labels = tf.tensor2d([[0, 1, 0]]);
  const loss = transfer!.loss!(transferInput({ student, teacher, labels }));
  const logits = { student: student.logits, teacher: teacher.logits };
  const expected = distillationLoss(logits, { weight: 0.75, temperature: 2, form: "kl" });
  assertAlmostEquals(loss.dataSync()[0]!, expected.dataSync()[0]!, 1e-7);
});

Deno.test("kd() moves weight and temperature from the first epoch to the last", async () => {
  const options = { weight: 0.75, finalWeight: 0.25, temperature: 4, finalTemperature: 1 };
  await using services = openServices([kd(options)]);
  const [transfer] = services.getAll(TransferToken);
  const [student, teacher] = [outputs([[1, 2, 0]]), outputs([[0, 3, 1]])];
  const labels = tf.tensor2d([[0, 1, 0]]);
  const logits = { student: student.logits, teacher: teacher.logits };
  const epochs = 3;
  // In the middle w = 0.5, T = 2.5.
  const expected = [[0.75, 4], [0.5, 2.5], [0.25, 1]] as const;
  expected.forEach(([weight, temperature], epoch) => {
    const at = { phase: "train", epoch, epochs };
    assertAlmostEquals(valueAt(transfer!.taskWeight!, at), 1 - weight, 1e-12);
    const loss = transfer!.loss!(transferInput({ student, teacher, labels, ...at }));
    const own = distillationLoss(logits, { weight, temperature, form: "kl" });
    assertAlmostEquals(loss.dataSync()[0]!, own.dataSync()[0]!, 1e-6);
  });
});

Deno.test("linearSchedule() is a number where nothing moves, and the first value in an only epoch", () => {
  assertEquals([linearSchedule(2), linearSchedule(2, 2)], [2, 2]);
  assertEquals(valueAt(linearSchedule(2, 5), { phase: "train", epoch: 0, epochs: 1 }), 2);
});
