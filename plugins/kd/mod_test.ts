import { openServices, type Outputs, TransferToken } from "@espalier/core";
import { pluginConformance, transferConformance, transferInput } from "@espalier/testing";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss } from "./kd.ts";
import { kd } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({
    factory: kd,
    valid: [{ weight: 0 }, { weight: 1, form: "cross-entropy" }],
    invalid: [{ weight: 1.1 }, { temperature: 0 }, { form: "mse" }],
  }),
  ...transferConformance({ plugins: () => [kd()] }),
  ...transferConformance({ plugins: () => [kd({ form: "cross-entropy" })] }),
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
