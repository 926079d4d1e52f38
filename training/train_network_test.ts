import { createRandom, EspalierError, NO_CHECKPOINT, type PhaseContext } from "@espalier/core";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertStrictEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { trainNetwork } from "./train_network.ts";

await tf.setBackend("cpu");

/** Train for three epochs; in the second, `spoil` is called. `keep` fails. What is thrown? */
async function thrown(spoil: (context: { stop: AbortController; fail: () => void }) => void) {
  const stop = new AbortController();
  let broken: Error | undefined;
  const context: Partial<PhaseContext> = {
    phase: "pretrain",
    checkpoint: NO_CHECKPOINT,
    dataset: toyData(),
    random: createRandom(1),
    signal: stop.signal,
    emit(event) {
      if (broken !== undefined) throw broken;
      if (event.type !== "train:epoch") return;
      const { epoch } = event as { readonly epoch?: number };
      if (epoch === 1) {
        spoil({ stop, fail: () => broken = new EspalierError("ERR_LOSS_NOT_FINITE", "Cannot x.") });
      }
    },
    keep: () => Promise.reject(new Error("the disk is full")),
  };
  return await trainNetwork(context as PhaseContext, {
    blueprint: toyNetwork(),
    training: {
      epochs: 3,
      batchSize: 8,
      rate: { peak: 0.01, warmupEpochs: 0, decay: "constant", final: 0, holdEpochs: 0 },
      optimizer: { momentum: 0, nesterov: false, decay: 0 },
    },
    stream: "pretrain",
  }).catch((error) => error);
}

Deno.test("trainNetwork() rejects with the reason of a stop though nothing can be kept", async () => {
  const reason = new Error("enough");
  assertStrictEquals(await thrown(({ stop }) => stop.abort(reason)), reason);
});

Deno.test("trainNetwork() rejects with its own failure, and says that nothing could be kept", async () => {
  const before = tf.memory().numTensors;
  const error = await thrown(({ fail }) => fail());
  assert(error instanceof EspalierError);
  assertEquals(error.code, "ERR_LOSS_NOT_FINITE");
  assertStringIncludes(error.message, "could not be kept: the disk is full");
  assertEquals(tf.memory().numTensors, before);
});
