import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { TOY_BUDGET } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs";
import { createRandom, type Decision, type Mixture } from "@espalier/core";
import { softmaxOf } from "./gumbel_softmax.ts";
import { gumbelSoftmaxOptionsSchema } from "./options.ts";
import { createGumbelSoftmaxSampler } from "./sampler.ts";
import { tauAt } from "./tau.ts";

await tf.setBackend("cpu");

const AT = { epoch: 2, epochs: 5, budget: TOY_BUDGET };
const LENGTHS = [4, 2, 1, 3];

const decisions: Decision[] = LENGTHS.map((length, i) => ({
  id: `conv${i}`,
  space: "width-search",
  candidates: Array.from({ length }, (_, j) => 4 * (j + 1)),
  effect: { kind: "channels", nodes: [`conv${i}`] },
}));

/** Logits of the rows, −1e9 past their candidates. */
function logitsOf(offset = 0): Tensor2D {
  return tf.tensor2d(
    LENGTHS.map((length, row) =>
      Array.from({ length: 4 }, (_, i) => i < length ? Math.sin(3 * row + i) + offset : -1e9)
    ),
  );
}

const parse = gumbelSoftmaxOptionsSchema.parse.bind(gumbelSoftmaxOptionsSchema);
const stream = () => createRandom(9).stream("noise", 1);

function weightsOf({ weights }: Mixture): number[] {
  return [...weights.dataSync()];
}

Deno.test("sample() draws K distinct candidates a row, fewer where there are fewer", () => {
  for (const [count, lengths] of [[1, [1, 1, 1, 1]], [2, [2, 2, 1, 2]], [9, LENGTHS]] as const) {
    const sampler = createGumbelSoftmaxSampler(parse({ count }));
    const mixtures = sampler.sample(logitsOf(), { decisions, ...AT, random: stream() });
    assertEquals(mixtures.map(({ indices }) => indices.length), [...lengths]);
    mixtures.forEach((mixture, row) => {
      assertEquals(new Set(mixture.indices).size, mixture.indices.length);
      assert(mixture.indices.every((index) => index < LENGTHS[row]!));
      const weights = weightsOf(mixture);
      assertEquals(weights.length, mixture.indices.length);
      assertAlmostEquals(weights.reduce((a, b) => a + b), 1, 1e-6);
    });
  }
});

Deno.test("sample() is equations 3 and 4 with the stream's noise", () => {
  const options = parse({ count: 2 });
  const sampler = createGumbelSoftmaxSampler(options);
  const mixtures = sampler.sample(logitsOf(), { decisions, ...AT, random: stream() });
  const noise = stream();
  const logits = logitsOf().arraySync();
  mixtures.forEach((mixture, row) => {
    const own = logits[row]!.slice(0, LENGTHS[row]);
    const tau = tauAt(options.tau, AT);
    const z = softmaxOf(own).map((p) => (Math.log(p) + noise.gumbel()) / tau);
    const expected = softmaxOf(mixture.indices.map((index) => z[index]!));
    weightsOf(mixture).forEach((weight, k) => assertAlmostEquals(weight, expected[k]!, 1e-5));
  });
});

Deno.test("sample() has the gradient of finite differences", () => {
  const sampler = createGumbelSoftmaxSampler(parse({ count: 2 }));
  const loss = (logits: tf.Tensor) => {
    const mixtures = sampler.sample(logits as Tensor2D, { decisions, ...AT, random: stream() });
    return tf.addN(
      mixtures.map(({ weights }, row) =>
        tf.sum(tf.mul(tf.square(weights), tf.tensor1d([1, -2].slice(0, weights.size)).mul(row + 1)))
      ),
    );
  };
  const logits = logitsOf();
  const gradient = tf.grad(loss)(logits).arraySync() as number[][];
  LENGTHS.forEach((length, row) => {
    assert(gradient[row]!.slice(length).every((g) => g === 0));
    for (let i = 0; i < length; i++) {
      const nudged = (step: number) => {
        const buffer = tf.buffer([4, 4], "float32", Float32Array.from(logits.dataSync()));
        buffer.set(buffer.get(row, i) + step, row, i);
        return loss(buffer.toTensor()).dataSync()[0]!;
      };
      const difference = (nudged(0.05) - nudged(-0.05)) / 0.1;
      assertAlmostEquals(gradient[row]![i]!, difference, 2e-3);
    }
  });
});

Deno.test("sample() is differentiable where there is one decision only", () => {
  const sampler = createGumbelSoftmaxSampler(parse({ noise: false, count: "all" }));
  const gradient = tf.grad((logits) => {
    const [mixture] = sampler.sample(logits as Tensor2D, {
      decisions: decisions.slice(0, 1),
      ...AT,
      random: stream(),
    });
    return tf.sum(tf.mul(mixture!.weights, tf.tensor1d([1, 0, 0, 0])));
  })(tf.zeros([1, 4]));
  // Of p = 1/4: p · (1 − p) and −p².
  assertEquals([...gradient.dataSync()], [3 / 16, -1 / 16, -1 / 16, -1 / 16]);
});

Deno.test("sample() mixes all candidates in their order when asked", () => {
  const sampler = createGumbelSoftmaxSampler(parse({ noise: false }));
  const options = { decisions, count: "all", ...AT, random: stream() } as const;
  const logits = logitsOf().arraySync();
  sampler.sample(logitsOf(), options).forEach((mixture, row) => {
    assertEquals(mixture.indices, [...Array(LENGTHS[row]).keys()]);
    const expected = softmaxOf(logits[row]!.slice(0, LENGTHS[row]));
    weightsOf(mixture).forEach((weight, k) => assertAlmostEquals(weight, expected[k]!, 1e-6));
  });
});

Deno.test("sample() without noise has neither noise nor temperature", () => {
  const sampler = createGumbelSoftmaxSampler(parse({ noise: false, count: 2 }));
  const logits = logitsOf().arraySync();
  sampler.sample(logitsOf(), { decisions, ...AT, random: stream() }).forEach((mixture, row) => {
    const expected = softmaxOf(mixture.indices.map((index) => logits[row]![index]!));
    weightsOf(mixture).forEach((weight, k) => assertAlmostEquals(weight, expected[k]!, 1e-6));
  });
  assertEquals(sampler.schedule!(AT), {});
});

Deno.test("sample() gives the same draw for the same stream, another for another", () => {
  const sampler = createGumbelSoftmaxSampler(parse({}));
  const draw = (key: number) =>
    sampler.sample(logitsOf(), {
      decisions,
      ...AT,
      random: createRandom(9).stream("noise", key),
    }).map(({ indices, weights }) => [indices, [...weights.dataSync()]]);
  assertEquals(draw(1), draw(1));
  assert(JSON.stringify(draw(1)) !== JSON.stringify(draw(2)));
});

Deno.test("sample() ignores a constant added to the logits", () => {
  const sampler = createGumbelSoftmaxSampler(parse({ tau: { from: 1, to: 1 } }));
  const draw = (offset: number) =>
    sampler.sample(logitsOf(offset), { decisions, ...AT, random: stream() });
  const [plain, shifted] = [draw(0), draw(8)];
  plain.forEach((mixture, row) => {
    assertEquals(mixture.indices, shifted[row]!.indices);
    weightsOf(mixture).forEach((weight, k) =>
      assertAlmostEquals(weight, weightsOf(shifted[row]!)[k]!, 1e-5)
    );
  });
});

Deno.test("probabilities() is the plain softmax, zero past a row's candidates", () => {
  const sampler = createGumbelSoftmaxSampler(parse({}));
  const rows = sampler.probabilities(logitsOf()).arraySync();
  rows.forEach((row, r) => {
    const expected = softmaxOf(logitsOf().arraySync()[r]!);
    row.forEach((p, i) => assertAlmostEquals(p, expected[i]!, 1e-6));
    assert(row.slice(LENGTHS[r]).every((p) => p === 0));
  });
  assertEquals(sampler.schedule!(AT), { tau: tauAt(parse({}).tau, AT) });
});

Deno.test("gumbelSoftmaxOptionsSchema fills in the paper's values and refuses what is none", () => {
  assertEquals(parse({}), {
    count: 2,
    tau: { from: 10, to: 0.1, schedule: "linear" },
    noise: true,
  });
  assertEquals(parse({ tau: { from: 5 } }).tau, { from: 5, to: 0.1, schedule: "linear" });
  for (const bad of [{ count: 0 }, { count: 1.5 }, { tau: { to: 0 } }, { taus: 1 }]) {
    assertThrows(() => parse(bad));
  }
});

Deno.test("sample() keeps its weights alone", () => {
  const sampler = createGumbelSoftmaxSampler(parse({}));
  const logits = logitsOf();
  const before = tf.memory().numTensors;
  const mixtures = sampler.sample(logits, { decisions, ...AT, random: stream() });
  assertEquals(tf.memory().numTensors, before + decisions.length);
  mixtures.forEach(({ weights }) => weights.dispose());
  logits.dispose();
});
