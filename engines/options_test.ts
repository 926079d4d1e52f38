import { EspalierError } from "@espalier/core";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { testOptions } from "../core/options_testing.ts";
import { useEngine } from "./choose.ts";

testOptions({
  "useEngine()": {
    call: (options) => useEngine("cpu", options),
    valid: { ranks: 1, machine: true },
  },
});

Deno.test("useEngine() refuses what is no engine's name and says which was meant", async () => {
  const misspelt = useEngine("wsm" as never);
  const error = await assertRejects(() => misspelt, EspalierError, 'did you mean "wasm"?');
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  for (const name of ["toString", 1, null, { ranks: 1 }]) {
    const { message } = await assertRejects(() => useEngine(name as never), EspalierError);
    assertStringIncludes(message, 'allowed: "auto" or "native" or "wasm" or "webgpu" or "cpu"');
  }
});
