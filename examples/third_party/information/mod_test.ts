import { EspalierError, openServices, TransferToken } from "@espalier/core";
import { pluginConformance, toyNetwork, transferConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { information } from "./mod.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({
    factory: information,
    valid: [{ weight: 0 }, { variance: 1 }],
    invalid: [{ weight: -1 }, { variance: 0 }],
  }),
  ...transferConformance({ plugins: () => [information()] }),
];
for (const { name, fn } of checks) test(name, fn);

test("information() has a regressor and variances a stage, and refuses networks without", async () => {
  const services = openServices([information()]);
  const [transfer] = services.getAll(TransferToken);
  assert.deepEqual(transfer!.taps!(toyNetwork()), ["stage1"]);
  const network = toyNetwork();
  const parameters = transfer!.parameters!({
    ...{ student: network, teacher: network, kept: new Map([["stage1", [1, 3]]]) },
    random: { next: () => 0 } as never,
  });
  assert.deepEqual(parameters["stage1/regressor"], {
    shape: [2, 4],
    values: Float32Array.of(0, 1, 0, 0, 0, 0, 0, 1),
  });
  assert.deepEqual(parameters["stage1/alpha"]!.shape, [4]);
  assert.throws(
    () => transfer!.taps!({ ...network, stages: [] }),
    (error) => error instanceof EspalierError && error.plugin === "acme-information",
  );
  await services[Symbol.asyncDispose]();
});
