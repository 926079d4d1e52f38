import { assertEquals, assertThrows } from "@std/assert";
import { EspalierError, openServices, SamplerToken } from "@espalier/core";
import { gumbelSoftmax } from "./mod.ts";

Deno.test("gumbelSoftmax() provides a sampler with its tau", async () => {
  const tau = { from: 5, schedule: "cosine" } as const;
  await using services = openServices([gumbelSoftmax({ tau })]);
  const sampler = services.get(SamplerToken);
  assertEquals(sampler.schedule!({ epoch: 0, epochs: 600 }), { tau: 5 });
});

Deno.test("gumbelSoftmax() refuses unknown options at the user's line", () => {
  const error = assertThrows(() => gumbelSoftmax({ K: 2 } as never), EspalierError, "K");
  assertEquals(error.code, "ERR_PLUGIN_OPTIONS");
});
