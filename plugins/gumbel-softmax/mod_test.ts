import { openServices, SamplerToken } from "@espalier/core";
import { pluginConformance, samplerConformance } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { gumbelSoftmax } from "./mod.ts";

const checks = [
  ...pluginConformance({
    factory: gumbelSoftmax,
    valid: [{ count: "all" }, { tau: { from: 5, schedule: "cosine" } }, { noise: false }],
    invalid: [{ count: 0 }, { count: "some" }, { tau: { to: 0 } }, { tau: 3 }],
  }),
  ...samplerConformance({ plugins: () => [gumbelSoftmax()] }),
  ...samplerConformance({ plugins: () => [gumbelSoftmax({ count: "all", noise: false })] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

Deno.test("gumbelSoftmax() provides a sampler with its tau", async () => {
  const tau = { from: 5, schedule: "cosine" } as const;
  await using services = openServices([gumbelSoftmax({ tau })]);
  const sampler = services.get(SamplerToken);
  assertEquals(sampler.schedule!({ epoch: 0, epochs: 600 }), { tau: 5 });
});
