// What holds for the networks of every family, tried on small ones.
import { costFunction, costOf, derive } from "@espalier/blueprint";
import { toLayersModel } from "@espalier/supernet";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryChoices, arbitraryDecisions } from "../blueprint/testing.ts";
import { assertClose, forward, imagesFor, someWeights } from "../supernet/export/testing.ts";
import { checkOneHot } from "../supernet/one_hot_testing.ts";
import { macs } from "./resnet/testing.ts";
import { smallNetworks } from "./testing.ts";

await tf.setBackend("cpu");

for (const blueprint of smallNetworks(3)) {
  const { name, nodes } = blueprint;
  const training = nodes.every(({ op }) => op !== "dropout");

  Deno.test(`a one-hot supernet of ${name} ${training ? "trains" : "infers"} what is derived of it`, () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const decisions = gen(arbitraryDecisions, blueprint, "tie");
        const choices = gen(arbitraryChoices, decisions);
        checkOneHot({ blueprint, decisions, choices }, { training });
      }),
      { numRuns: 4 },
    );
  });

  Deno.test(`choices of ${name} cost what the network that they derive costs`, () => {
    const policies = fc.constantFrom("project" as const, "tie" as const);
    fc.assert(
      fc.property(policies, fc.gen(), (residual, gen) => {
        const decisions = gen(arbitraryDecisions, blueprint, residual);
        const choices = gen(arbitraryChoices, decisions);
        const expected = costOf(derive(blueprint, { decisions, choices }), macs).total;
        const cost = costFunction(blueprint, { decisions, model: macs })(choices);
        assertAlmostEquals(cost, expected, expected * 1e-12);
      }),
      { numRuns: 20 },
    );
  });

  Deno.test(`toLayersModel() of ${name} computes what the compiled network does`, async () => {
    const tensors = tf.memory().numTensors;
    const weights = await someWeights(blueprint);
    const images = imagesFor(blueprint);
    const model = toLayersModel(blueprint, weights);
    const logits = tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync<"float32">());
    assertClose(logits, forward(blueprint, weights, images), name);
    model.dispose();
    images.dispose();
    assertEquals(tf.memory().numTensors, tensors);
  });
}
