import { derive, keptChannels } from "@espalier/blueprint";
import { createRandom, EspalierError, openServices, TransferToken } from "@espalier/core";
import { pluginConformance, toyNetwork, transferConformance } from "@espalier/testing";
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attentionTransfer, featureDistillation } from "./mod.ts";

await tf.setBackend("cpu");

for (const factory of [attentionTransfer, featureDistillation]) {
  const checks = [
    ...pluginConformance({
      factory,
      valid: [{ weight: 0 }, { taps: ["stem"] }],
      invalid: [{ weight: -1 }, { taps: [] }, { taps: "stem" }],
    }),
    ...transferConformance({ plugins: () => [factory()] }),
    ...transferConformance({ plugins: () => [factory({ taps: ["stem", "stage1/block0/add"] })] }),
  ];
  for (const { name, fn } of checks) Deno.test(`${factory.pluginName}: ${name}`, fn);

  Deno.test(`${factory.pluginName}: wants taps of a network without stages`, async () => {
    await using services = openServices([factory()]);
    const [transfer] = services.getAll(TransferToken);
    assertEquals(transfer!.taps!(toyNetwork()), ["stage1"]);
    const error = assertThrows(
      () => transfer!.taps!({ ...toyNetwork(), stages: [] }),
      EspalierError,
      "has no stages",
    );
    assertEquals([error.code, error.plugin], ["ERR_CONFIG_INVALID", factory.pluginName]);
  });
}

Deno.test("featureDistillation() has a regressor a tap, from the kept channels to all", async () => {
  await using services = openServices([featureDistillation({ taps: ["stem", "stage1"] })]);
  const [transfer] = services.getAll(TransferToken);
  const teacher = toyNetwork();
  const student = derive(teacher, {
    decisions: [{
      id: "stem",
      space: "width",
      candidates: [2, 4],
      effect: { kind: "channels", nodes: ["stem"] },
    }],
    choices: { stem: 2 },
    kept: { stem: [1, 3] },
  });
  const kept = keptChannels(student, teacher);
  const random = createRandom(1).stream("test");
  const { stem, stage1 } = transfer!.parameters!({ student, teacher, kept, random });
  assertEquals(stem, { shape: [2, 4], values: Float32Array.of(0, 1, 0, 0, 0, 0, 0, 1) });
  assertEquals(stage1!.shape, [4, 4]);
});
