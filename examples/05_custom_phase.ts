// A phase of your own at the end of the pipeline: the student's weights in 8 bits. The compiler
// checks the order: before `train` there is no student, and this file would not compile.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  type HasStudent,
  type Phase,
  phases,
  pipeline,
  resnet,
  showProgress,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";
import { compile } from "@espalier/supernet";
import { channelStatistics, createBatches, evaluate } from "@espalier/training";

/** Round to 255 steps, the same for all weights of a kernel. */
function quantize(values: Float32Array): Float32Array {
  const step = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  return values.map((value) => step === 0 ? 0 : Math.round(value / step) * step);
}

const quantizeStudent: Phase<HasStudent, { readonly accuracy8bit: number }> = {
  name: "quantize",
  version: "1",
  uses: [],
  async run({ dataset, random, signal }, { student }) {
    const kernels = Object.entries(student.weights).map(([name, { shape, values }]) =>
      [name, { shape, values: name.endsWith("/kernel") ? quantize(values) : values }] as const
    );
    using network = compile(student.blueprint, { random });
    network.write(Object.fromEntries(kernels));
    const { test, train, shape, classes } = dataset;
    const statistics = await channelStatistics(train, shape);
    const batches = createBatches({ split: test, shape, batchSize: 64, statistics });
    const { metrics } = await evaluate(network, { batches, shape, classes, signal });
    return { accuracy8bit: metrics.accuracy!.value };
  },
};

await useEngine();
await using pruner = createPruner({
  network: resnet({ depth: 8, classes: 4, size: 8 }),
  data: synthetic({ noise: 1.5 }),
  budget: { cost: "macs", target: 0.55 },
  plugins: tas({ recipe: "quick" }),
  pipeline: pipeline()
    .phase(phases.pretrain())
    .phase(phases.search())
    .phase(phases.derive())
    .phase(phases.train())
    .phase(phases.evaluate())
    .phase(quantizeStudent),
});
const run = pruner.run({ seed: 1 });
showProgress(run.events$, { budget: pruner.budget });
const { report, accuracy8bit } = await run.result;
const { accuracy } = report.rows.at(-1)!.metrics;
console.log(
  `32 bits: ${(100 * accuracy!.value).toFixed(1)} %, 8 bits: ${(100 * accuracy8bit).toFixed(1)} %`,
);
