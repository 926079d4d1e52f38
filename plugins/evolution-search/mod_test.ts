import { pluginConformance } from "@espalier/testing";
import { evolutionSearch } from "./mod.ts";

const checks = pluginConformance({
  factory: evolutionSearch,
  valid: [{ population: 2, generations: 1, parents: 8, mutation: 1 }],
  invalid: [{ population: 0 }, { generations: 0.5 }, { mutation: 0 }, { parents: 0 }],
});
for (const { name, fn } of checks) Deno.test(name, fn);
