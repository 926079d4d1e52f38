// Figure 3 of the paper: drawing two candidates or mixing all of them, with Gumbel noise or without.
import { createStudy, gumbelSoftmax } from "@espalier/espalier";
import { runFromTerminal, SETTING } from "./setting.ts";

const study = createStudy({
  ...SETTING,
  // Both change the options of one plugin: they are one axis.
  axes: {
    sampler: {
      "drawn, with noise": gumbelSoftmax({ count: 2, noise: true }),
      "drawn, no noise": gumbelSoftmax({ count: 2, noise: false }),
      "mixed, with noise": gumbelSoftmax({ count: "all", noise: true }),
      "mixed, no noise": gumbelSoftmax({ count: "all", noise: false }),
    },
  },
  baseline: { sampler: "drawn, with noise" },
});
await runFromTerminal(study, "figure3");
