import { useEngineServices } from "@espalier/supernet/engine";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createAdam, createSgd, type Optimizer } from "./optimizer.ts";
import { rateAt } from "./rate_at.ts";

await tf.setBackend("cpu");

interface OptimizerCase {
  readonly rule: "sgd" | "adam";
  readonly rate: number;
  readonly momentum: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
  readonly start: number[];
  readonly gradients: number[][];
  readonly after: number[][];
}

async function fixture<T>(name: string): Promise<T> {
  return JSON.parse(
    await Deno.readTextFile(new URL(`../tests/fixtures/tas/${name}.json`, import.meta.url)),
  );
}

const { cases } = await fixture<{ cases: OptimizerCase[] }>("optimizers");

function optimizerOf({ rule, momentum, beta1, beta2, epsilon, decay }: OptimizerCase): Optimizer {
  return rule === "sgd"
    ? createSgd({ momentum, nesterov: true, decay })
    : createAdam({ beta1, beta2, epsilon, decay });
}

for (const [test, host] of cases.flatMap((one) => [[one, false], [one, true]] as const)) {
  const where = host ? "on the host" : "as tensors";
  Deno.test(`${test.rule} takes the steps of the official optimizer, ${where}`, () => {
    useEngineServices({ readsCheaply: host });
    const start = tf.memory().numTensors;
    const w = tf.tidy(() => tf.variable(tf.tensor1d(test.start)));
    const optimizer = optimizerOf(test);
    test.gradients.forEach((gradient, step) => {
      const g = tf.tensor1d(gradient);
      optimizer.apply(new Map([["w", w]]), { gradients: new Map([["w", g]]), rate: test.rate });
      g.dispose();
      w.dataSync().forEach((value, i) => assertAlmostEquals(value, test.after[step]![i]!, 2e-6));
    });
    optimizer[Symbol.dispose]();
    w.dispose();
    useEngineServices({ readsCheaply: false });
    assertEquals(tf.memory().numTensors, start);
  });
}

Deno.test("an optimizer leaves a variable without a gradient as it is, decay and momentum too", () => {
  using optimizer = createSgd({ momentum: 0.9, nesterov: true, decay: 0.1 });
  const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
  const variables = new Map([["a", a], ["b", b]]);
  optimizer.apply(variables, { gradients: new Map([["b", tf.scalar(1)]]), rate: 0.1 });
  optimizer.apply(variables, { gradients: new Map([["a", tf.scalar(1)]]), rate: 0.1 });
  const once = 1 - 0.1 * (1.1 + 0.9 * 1.1);
  assertAlmostEquals(a.dataSync()[0]!, once, 1e-6);
  assertAlmostEquals(b.dataSync()[0]!, once, 1e-6);
});

interface RateCase {
  readonly name: string;
  readonly base: number;
  readonly minimum: number;
  readonly warmup: number;
  readonly epochs: number;
  readonly total: number;
  readonly at: [number, number, number][];
}

Deno.test("rateAt() gives the official rates", async () => {
  const { learningRate } = await fixture<{ learningRate: RateCase[] }>("schedules");
  for (const { base, minimum, warmup, epochs, total, at } of learningRate) {
    const schedule = {
      peak: base,
      warmupEpochs: warmup,
      decay: "cosine",
      final: minimum,
      holdEpochs: total - epochs,
    } as const;
    for (const [epoch, part, rate] of at) {
      assertAlmostEquals(rateAt(schedule, { epoch, epochs: total, part }), rate, 1e-11);
    }
  }
});
