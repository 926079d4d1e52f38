import { derive } from "@espalier/blueprint";
import { referenceOps } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint, arbitraryChoices, arbitraryDecisions } from "../blueprint/testing.ts";
import { checkOneHot, type OneHotCase } from "./one_hot_testing.ts";
import { withServices } from "./testing.ts";

await tf.setBackend("cpu");

const caseOf = (residual: "project" | "tie"): fc.Arbitrary<OneHotCase> =>
  arbitraryBlueprint.chain((blueprint) => {
    return arbitraryDecisions(blueprint, residual).chain((decisions) =>
      arbitraryChoices(decisions).map((choices) => ({ blueprint, decisions, choices }))
    );
  });

/** Whether each projection of the derived network hands on all that enters it. */
const isLossless = ({ blueprint, decisions, choices }: OneHotCase): boolean =>
  derive(blueprint, { decisions, choices }).nodes.every(({ origin }) =>
    origin?.node !== null || origin.inputs.every((channel) => origin.outputs.includes(channel))
  );

const drops = ({ blueprint }: OneHotCase) => blueprint.nodes.some(({ op }) => op === "dropout");

for (const fused of [true, false]) {
  const way = fused ? "fused" : "one candidate after the other";
  Deno.test(`a one-hot supernet trains what is derived of it, ${way}`, () => {
    fc.assert(
      fc.property(caseOf("tie"), (one) => checkOneHot(one, { fused, training: !drops(one) })),
      { numRuns: 150 },
    );
  });

  Deno.test(`a one-hot supernet infers what is derived of it with projections, ${way}`, () => {
    fc.assert(
      fc.property(
        caseOf("project").filter(isLossless),
        (one) => checkOneHot(one, { fused, training: false }),
      ),
      { numRuns: 60 },
    );
  });
}

for (const training of [true, false]) {
  Deno.test(`a one-hot supernet ${training ? "trains" : "infers"} what is derived of it, by an executor`, () => {
    fc.assert(
      fc.property(caseOf(training ? "tie" : "project"), (one) => {
        fc.pre(training || isLossless(one));
        const executor = referenceOps();
        const runs = training && !drops(one);
        withServices({ executor }, () => checkOneHot(one, { training: runs }));
        assertEquals(executor.live, 0);
      }),
      { numRuns: training ? 150 : 60 },
    );
  });
}
