import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Tensor2D } from "@tensorflow/tfjs";
import { createRandom, type RandomStream } from "@espalier/core";
import fixture from "../../tests/fixtures/tas/select.json" with { type: "json" };
import { drawWithoutReplacement, mixingWeights, noisyLogits, softmaxOf } from "./gumbel_softmax.ts";

await tf.setBackend("cpu");

type Case = typeof fixture.cases[number];

/** z of a case; at tau 0 the reference has neither noise nor temperature. */
function zOf({ noise, tau }: Case, logits: Tensor2D): Tensor2D {
  return noise ? noisyLogits(logits, { noise: tf.tensor2d(noise), tau }) : logits;
}

/** Entries agree to the tolerances of the fixtures. */
function assertClose(
  actual: tf.Tensor,
  expected: readonly (readonly number[])[],
  tolerance: (entry: number) => number,
): void {
  const values = actual.dataSync();
  assertEquals(values.length, expected.flat().length);
  expected.flat().forEach((entry, i) => assertAlmostEquals(values[i]!, entry, tolerance(entry)));
}

const ofProbabilities = (entry: number) => Math.max(1e-5 * Math.abs(entry), 1e-6);

function ofGradients(expected: readonly (readonly number[])[]): () => number {
  const largest = Math.max(...expected.flat().map(Math.abs));
  return () => 1e-3 * largest + 1e-6;
}

/** A stream that gives the listed numbers. */
function scripted(...numbers: number[]): RandomStream {
  const stream = createRandom(0).stream("unused");
  return { ...stream, next: () => numbers.shift()! };
}

Deno.test("noisyLogits() and mixingWeights() give the recorded probabilities and weights", () => {
  for (const recorded of fixture.cases) {
    const z = zOf(recorded, tf.tensor2d(recorded.logits));
    const { sampledProbabilities, weights } = recorded.expect;
    assertClose(tf.softmax(z), sampledProbabilities, ofProbabilities);
    assertClose(mixingWeights(z, recorded.selected), weights, ofProbabilities);
  }
});

Deno.test("noisyLogits() and mixingWeights() give the recorded gradients", () => {
  for (const recorded of fixture.cases) {
    const { selected, upstream, upstreamAll, expect } = recorded;
    const logits = tf.tensor2d(recorded.logits);
    const drawn = tf.grad((logits) =>
      tf.sum(
        tf.mul(mixingWeights(zOf(recorded, logits as Tensor2D), selected), tf.tensor2d(upstream)),
      )
    )(logits);
    assertClose(drawn, expect.logitGradient, ofGradients(expect.logitGradient));
    const all = tf.grad((logits) =>
      tf.sum(tf.mul(tf.softmax(zOf(recorded, logits as Tensor2D)), tf.tensor2d(upstreamAll)))
    )(logits);
    assertClose(all, expect.logitGradientAll, ofGradients(expect.logitGradientAll));
  }
});

Deno.test("drawWithoutReplacement() walks along p̂, then along what is left", () => {
  const probabilities = [0.5, 0.3, 0.2];
  // 0.6 falls into [0.5, 0.8); of 0.5 and 0.2, 0.6 · 0.7 = 0.42 into the first.
  assertEquals(
    drawWithoutReplacement(probabilities, { count: 2, random: scripted(0.6, 0.6) }),
    [1, 0],
  );
  assertEquals(
    drawWithoutReplacement(probabilities, { count: 3, random: scripted(0, 0, 0) }),
    [0, 1, 2],
  );
  const last = 1 - 2 ** -53;
  assertEquals(
    drawWithoutReplacement(probabilities, { count: 3, random: scripted(last, last, last) }),
    [2, 1, 0],
  );
});

Deno.test("drawWithoutReplacement() includes candidates as often as recorded", () => {
  const draws = 4000;
  const random = createRandom(3).stream("draws");
  for (const recorded of fixture.cases) {
    recorded.expect.inclusion?.forEach((expected, row) => {
      const p = softmaxOf(
        tf.tidy(() => zOf(recorded, tf.tensor2d(recorded.logits)).arraySync())[row]!,
      );
      const counts = new Array<number>(p.length).fill(0);
      for (let i = 0; i < draws; i++) {
        for (const index of drawWithoutReplacement(p, { count: 2, random })) counts[index]!++;
      }
      // 4.5 standard errors of a share, and one draw for shares near 0 and 1.
      counts.forEach((count, j) => {
        const deviation = Math.sqrt(draws * expected[j]! * Math.max(0, 1 - expected[j]!));
        assertAlmostEquals(count, draws * expected[j]!, 4.5 * deviation + 1);
      });
    });
  }
});

Deno.test("drawWithoutReplacement() draws pairs with the chances of successive draws", () => {
  const draws = 20_000;
  const random = createRandom(5).stream("pairs");
  const p = [0.05, 0.1, 0.15, 0.3, 0.4];
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const pair = drawWithoutReplacement(p, { count: 2, random }).join();
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  let chiSquare = 0;
  p.forEach((first, i) =>
    p.forEach((second, j) => {
      if (i === j) return;
      const expected = draws * first * second / (1 - first);
      chiSquare += ((counts.get(`${i},${j}`) ?? 0) - expected) ** 2 / expected;
    })
  );
  // The 99.9 % quantile of chi-square with 19 degrees of freedom.
  assert(chiSquare < 43.8, `chi-square ${chiSquare}`);
});

Deno.test("drawWithoutReplacement() reaches candidates whose probability underflows", () => {
  const random = createRandom(1).stream("underflow");
  const drawn = drawWithoutReplacement([1, 0, 0], { count: 3, random });
  assertEquals(drawn.sort(), [0, 1, 2]);
});

Deno.test("softmaxOf() survives large logits", () => {
  assertEquals(softmaxOf([-1e10, 2000, 2000]), [0, 0.5, 0.5]);
});
