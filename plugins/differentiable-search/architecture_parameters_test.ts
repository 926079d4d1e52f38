import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createRandom, type Decision } from "@espalier/core";
import { TOY_BUDGET } from "@espalier/testing";
import { ArchitectureParameters } from "./architecture_parameters.ts";
import { DECISIONS, softmaxSampler } from "./testing.ts";

await tf.setBackend("cpu");

const AT = { stream: "search/noise/weights", epoch: 1, epochs: 3, step: 2, budget: TOY_BUDGET };

Deno.test("ArchitectureParameters draws logits from N(0, 0.01²), zero where there is no candidate", () => {
  const many: Decision[] = Array.from({ length: 200 }, (_, i) => ({
    id: `conv${i}`,
    space: "width-search",
    candidates: i === 0 ? [1] : [1, 2, 3, 4, 5, 6, 7, 8],
    effect: { kind: "channels", nodes: [`conv${i}`] },
  }));
  using parameters = new ArchitectureParameters(many, createRandom(2));
  const rows = parameters.variables.get("channels")!.arraySync() as number[][];
  assertEquals(rows[0]!.slice(1), new Array(7).fill(0));
  const drawn = rows.slice(1).flat();
  const deviation = Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length);
  assertAlmostEquals(deviation, 0.01, 4 * 0.01 / Math.sqrt(2 * drawn.length));
});

Deno.test("ArchitectureParameters has one variable a kind", () => {
  using parameters = new ArchitectureParameters(DECISIONS, createRandom(2));
  assertEquals([...parameters.variables.keys()], ["channels", "exit"]);
  assertEquals(parameters.variables.get("channels")!.shape, [2, 4]);
  assertEquals(parameters.variables.get("exit")!.shape, [1, 3]);
});

Deno.test("ArchitectureParameters draws the same for widths whether or not depth is searched", () => {
  const widths = DECISIONS.filter(({ effect }) => effect.kind === "channels");
  const of = (decisions: readonly Decision[]) => {
    using parameters = new ArchitectureParameters(decisions, createRandom(2));
    const { sampler, draws } = softmaxSampler();
    tf.tidy(() => {
      parameters.sample(sampler, AT);
    });
    return [[...parameters.variables.get("channels")!.dataSync()], draws[0]!.noise];
  };
  assertEquals(of(widths), of(DECISIONS));
});

Deno.test("ArchitectureParameters gives short rows no probability past their candidates", () => {
  using parameters = new ArchitectureParameters(DECISIONS, createRandom(2));
  const { sampler } = softmaxSampler();
  const probabilities = parameters.readProbabilities(sampler);
  for (const { id, candidates } of DECISIONS) {
    assertEquals(probabilities[id]!.length, candidates.length);
    assertAlmostEquals(probabilities[id]!.reduce((a, b) => a + b), 1, 1e-6);
  }
  tf.tidy(() => {
    const tensors = parameters.probabilities(sampler);
    for (const [id, row] of tensors) assertEquals([...row.dataSync()], probabilities[id]!);
  });
});

Deno.test("ArchitectureParameters sends no gradient past a row's candidates", () => {
  using parameters = new ArchitectureParameters(DECISIONS, createRandom(2));
  const { sampler } = softmaxSampler();
  const variable = parameters.variables.get("channels")!;
  const { grads } = tf.variableGrads(() => {
    const mixtures = parameters.sample(sampler, AT);
    return tf.addN([...mixtures.values()].map(({ weights }) => tf.max(weights)));
  }, [variable]);
  const rows = grads[variable.name]!.arraySync() as number[][];
  assertEquals(rows[1]!.slice(2), [0, 0]);
  assert(rows.flat().some((g) => g !== 0));
});

Deno.test("ArchitectureParameters frees what it made", () => {
  const before = tf.memory().numTensors;
  new ArchitectureParameters(DECISIONS, createRandom(2))[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, before);
});
