import { referenceOps } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryTrial, checkAgreement } from "./any_network_testing.ts";

await tf.setBackend("cpu");

Deno.test("the executor gives what the tape gives, of any network", () => {
  fc.assert(
    fc.property(arbitraryTrial, (trial) => {
      const executor = referenceOps();
      const declined = checkAgreement(trial, executor);
      assertEquals(executor.live, 0);
      if (declined === undefined) return;
      assertEquals(/nothing of the network/.test(declined), true, declined);
    }),
    { numRuns: 100 },
  );
});
