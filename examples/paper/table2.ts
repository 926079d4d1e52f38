// Table 2 of the paper: how many candidates of a layer are drawn in each step of the search.
import { createStudy, gumbelSoftmax } from "@espalier/espalier";
import { runFromTerminal, SETTING } from "./setting.ts";

const study = createStudy({
  ...SETTING,
  axes: {
    candidates: {
      "K = 1": gumbelSoftmax({ count: 1 }),
      "K = 2": gumbelSoftmax({ count: 2 }),
      "K = 4": gumbelSoftmax({ count: 4 }),
      "K = 8": gumbelSoftmax({ count: 8 }),
    },
  },
  baseline: { candidates: "K = 2" },
});
await runFromTerminal(study, "table2");
