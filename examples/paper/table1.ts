// Table 1 of the paper: strategies by what the pruned network learns from, at equal cost. Days on two
// cores; `--quick` takes minutes on little data, `--plan` only tells what there is to do.
import { createStudy, inheritWeights, randomSearch, uniform } from "@espalier/espalier";
import { runFromTerminal, SETTING } from "./setting.ts";

const distillation = SETTING.base.filter(({ name }) => name === "kd");

const study = createStudy({
  ...SETTING,
  axes: {
    strategy: { uniform: uniform(), random: randomSearch(), TAS: (plugins) => plugins },
    transfer: {
      "from scratch": [],
      "inherited weights": [inheritWeights()],
      "distillation": distillation,
    },
  },
  baseline: { strategy: "uniform" },
});
await runFromTerminal(study, "table1");
