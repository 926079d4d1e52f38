// A stranger's plugin and a stranger's phase, with what the packages export and nothing else.
import { noOptions, parseOptions } from "@espalier/core";
import {
  createPruner,
  createToken,
  definePlugin,
  type HasStudent,
  ofType,
  type Phase,
  phases,
  pipeline,
  type PluginContext,
  SearchStrategyToken,
  swap,
  tas,
} from "@espalier/espalier";
import { flops } from "@espalier/plugin-flops";
import { widthSearch } from "@espalier/plugin-width-search";
import { pluginConformance, strategyConformance, toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import * as z from "zod";

/** The plugin tells how far it is. */
type Try = { readonly type: "acme-luck/try"; readonly cost: number };

/** Takes the best of a few uniform draws, by their cost. */
const luck = definePlugin({
  name: "acme-luck",
  version: "1",
  provides: [SearchStrategyToken],
  options: z.strictObject({ draws: z.int().min(1).default(3) }),
  setup(context: PluginContext<Try>, { draws }) {
    context.provide(SearchStrategyToken, () => ({
      name: "luck",
      async search({ uniform, cost, progress }) {
        let best = uniform({ name: "acme-luck", index: 0 });
        for (let epoch = 0; epoch < draws; epoch++) {
          const drawn = uniform({ name: "acme-luck", index: epoch });
          if (cost(drawn) < cost(best)) best = drawn;
          context.emit({ type: "acme-luck/try", cost: cost(drawn) });
          await progress({ epoch, epochs: draws, images: 0, cost: cost(best) });
        }
        return { choices: best };
      },
    }));
  },
});

/** Rounds weights to a number of bits. */
interface Rounding {
  round(values: Float32Array): { readonly scale: number; readonly levels: Int8Array };
}
const RoundingToken = createToken<Rounding>("@acme/Rounding");
const rounding = definePlugin({
  name: "acme-rounding",
  version: "1",
  provides: [RoundingToken],
  options: noOptions,
  setup(context) {
    context.provide(RoundingToken, () => ({
      round(values) {
        const scale = Math.max(...values.map(Math.abs), 1e-9) / 127;
        return { scale, levels: Int8Array.from(values, (value) => Math.round(value / scale)) };
      },
    }));
  },
});

interface HasQuantized {
  readonly quantized: Readonly<Record<string, ReturnType<Rounding["round"]>>>;
}
const quantizeSchema = z.strictObject({ only: z.string().default("") });

/** Quantizes the student's weights whose name holds `only`. */
function quantize(
  input?: z.input<typeof quantizeSchema>,
): Phase<HasStudent, HasQuantized, { readonly type: "acme/quantize/done" }> {
  const options = parseOptions(quantizeSchema, input, { subject: 'phase "acme/quantize"' });
  return {
    name: "acme/quantize",
    version: "1",
    options,
    requires: [RoundingToken],
    uses: [],
    run: ({ services, emit }, { student }) => {
      const { round } = services.get(RoundingToken);
      const quantized = Object.fromEntries(
        Object.entries(student.weights)
          .filter(([name]) => name.includes(options.only))
          .map(([name, { values }]) => [name, round(values)]),
      );
      emit({ type: "acme/quantize/done" });
      return Promise.resolve({ quantized });
    },
  };
}

const epochs = { pretrain: 1, search: 1, train: 1 };
const config = {
  network: toyNetwork(),
  data: toyData(),
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
} as const;

Deno.test("a stranger's strategy takes the place of the shipped one, and a phase follows the rest", async () => {
  const before = tf.memory().numTensors;
  await using pruner = createPruner({
    ...config,
    plugins: [...swap(tas({ epochs }), luck({ draws: 4 })), rounding()],
    pipeline: pipeline()
      .phase(phases.pretrain())
      .phase(phases.search())
      .phase(phases.derive())
      .phase(phases.train())
      .phase(quantize({ only: "kernel" })),
  });
  const run = pruner.run({ seed: 1 });
  const costs: number[] = [];
  run.events$.pipe(ofType("acme-luck/try")).subscribe(({ cost }) => costs.push(cost));
  const { architecture, student, quantized, model } = await run.result;
  assertEquals(costs.length, 4);
  const { low, high } = pruner.budget;
  assert(costs.every((cost) => cost >= low && cost <= high), `${costs} not in [${low}, ${high}]`);
  assertEquals(Object.keys(architecture.choices), pruner.decisions.map(({ id }) => id));
  const kernels = Object.keys(student.weights).filter((name) => name.includes("kernel"));
  assertEquals(Object.keys(quantized), kernels);
  const { scale, levels } = quantized["classifier/kernel"]!;
  const [value] = student.weights["classifier/kernel"]!.values;
  assert(Math.abs(levels[0]! * scale - value!) <= scale / 2 + 1e-9);
  const loaded = await model.load();
  assertEquals(loaded.outputs[0]!.shape, [null, 2]);
  loaded.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("a stranger's phase is refused where its plugin is missing, before any work", () => {
  let message = "";
  try {
    createPruner({
      ...config,
      plugins: tas({ epochs }),
      pipeline: pipeline()
        .phase(phases.pretrain())
        .phase(phases.search())
        .phase(phases.derive())
        .phase(phases.train())
        .phase(quantize()),
    });
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(
    message,
    'phase "acme/quantize" as no plugin provides what it requires: "@acme/Rounding"',
  );
});

for (
  const { name, fn } of [
    ...pluginConformance({ factory: luck, valid: [{ draws: 1 }], invalid: [{ draws: 0 }] }),
    ...pluginConformance({ factory: rounding, invalid: [{ bits: 8 }] }),
    ...strategyConformance({
      budget: config.budget,
      plugins: () => [luck(), widthSearch(), flops()],
    }),
  ]
) {
  Deno.test(name, fn);
}
