// A plugin of your own, with the same rights as ours: a cost model for a device that computes
// channels in groups of eight, so that 9 channels cost as much as 16. Any table will do: the search
// differentiates the expectation over the candidates, not the cost itself.
// deno-lint-ignore-file no-console -- an example
import {
  type CostModel,
  CostModelToken,
  createPruner,
  definePlugin,
  reportTable,
  resnet,
  showProgress,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";
import * as z from "zod";

/** Milliseconds of a convolution or dense layer on the device. */
function latency({ lanes, nanoseconds }: { lanes: number; nanoseconds: number }): CostModel {
  const groups = (channels: number) => Math.ceil(channels / lanes);
  return {
    name: "latency",
    unit: "ms",
    cost({ node, input, output }) {
      if (node.op !== "conv" && node.op !== "dense") return 0;
      const taps = node.op === "conv" ? node.kernel[0] * node.kernel[1] : 1;
      const places = output.height * output.width;
      return places * taps * groups(input.channels) * groups(output.channels) * nanoseconds / 1e6;
    },
  };
}

const eightLanes = definePlugin({
  name: "acme-eight-lanes",
  version: "1",
  provides: [CostModelToken],
  options: z.strictObject({
    lanes: z.int().min(1).default(8),
    nanoseconds: z.number().positive().default(20),
  }),
  setup(context, options) {
    context.provide(CostModelToken, () => latency(options));
  },
});

await useEngine();
await using pruner = createPruner({
  network: resnet({ depth: 8, classes: 4, size: 8 }),
  data: synthetic({ noise: 1.5 }),
  budget: { cost: "latency", target: 0.6 },
  plugins: [
    ...tas({ recipe: "quick" }),
    eightLanes(),
  ],
});
const run = pruner.run({ seed: 1 });
showProgress(run.events$, { budget: pruner.budget });
const { architecture, report } = await run.result;
console.log(reportTable(report));
console.log(architecture.choices);
