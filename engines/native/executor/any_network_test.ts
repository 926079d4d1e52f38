import { engineServices } from "@espalier/supernet/engine";
import { checkAnyNetwork } from "../../../supernet/executor/any_network_testing.ts";
import { useEngine } from "../../choose.ts";
import { testNative } from "../testing.ts";

for (const machine of [true, false]) {
  const how = machine ? "" : ", without machine code";
  testNative(`native's executor gives what the tape gives, of any network${how}`, async () => {
    await useEngine("native", { ranks: 1, machine });
    try {
      checkAnyNetwork(engineServices().executor!);
    } finally {
      await useEngine("wasm", { ranks: 1 });
    }
  });
}
