import { engineServices } from "@espalier/supernet/engine";
import { checkAnyNetwork } from "../../../supernet/executor/any_network_testing.ts";
import { useEngine } from "../../choose.ts";

Deno.test("wasm's executor gives what the tape gives, of any network", async () => {
  await useEngine("wasm", { ranks: 1 });
  checkAnyNetwork(engineServices().executor!);
});
