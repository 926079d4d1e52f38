import { engineServices } from "@espalier/supernet/engine";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { arbitraryTrial, checkAgreement } from "../../../supernet/executor/any_network_testing.ts";
import { useEngine } from "../../choose.ts";
import { testNative } from "../testing.ts";

for (const machine of [true, false]) {
  const how = machine ? "" : ", without machine code";
  testNative(`native's executor gives what the tape gives, of any network${how}`, async () => {
    await useEngine("native", { ranks: 1, machine });
    try {
      const executor = engineServices().executor!;
      let ran = 0;
      fc.assert(
        fc.property(arbitraryTrial, (trial) => {
          if (checkAgreement(trial, executor) === undefined) ran++;
        }),
        { numRuns: 60 },
      );
      assertEquals(ran > 20, true, `${ran} of 60`);
    } finally {
      await useEngine("wasm", { ranks: 1 });
    }
  });
}
