import type { Budget } from "@espalier/core";
import { testOptions } from "../core/options_testing.ts";
import { resolveBudget } from "./cost/zone.ts";
import { conv, DEFAULT_NORM } from "./nodes.ts";

testOptions({
  "resolveBudget()": {
    call: (budget: Budget) =>
      resolveBudget(budget, { unit: "points", decisions: [], cost: () => 1 }),
    valid: { cost: "points", target: 1, tolerance: 0.5, zone: "around" },
  },
  "conv()": {
    call: conv,
    valid: {
      id: "a",
      input: "images",
      channels: 1,
      kernel: 3,
      stride: 1,
      padding: 1,
      norm: DEFAULT_NORM,
      searchNorm: DEFAULT_NORM,
      activation: "relu",
    },
  },
});
