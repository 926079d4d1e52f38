/** Types as a stranger meets them: nothing is inferred as `any`, and events are narrowed. */
import {
  createPruner,
  kd,
  ofType,
  resnet,
  swap,
  synthetic,
  tas,
  zeroPad,
} from "@espalier/espalier";

const pruner = createPruner({
  network: resnet({ depth: 8, classes: 3, size: 8 }),
  data: synthetic({ classes: 3, shape: [8, 8, 3] }),
  budget: { cost: "macs", target: 0.5 },
  plugins: swap(tas({ recipe: "quick" }), zeroPad()),
});
const run = pruner.run({ seed: 1 });
run.events$.pipe(ofType("phase:start")).subscribe(({ phase }) => phase.toUpperCase());
const { report } = await run.result;

/** Multiply-adds of each network. */
export const macs: readonly number[] = report.rows.map(({ costs }) => costs.macs!);
// @ts-expect-error -- the option is called temperature
kd({ temprature: 2 });
