import { type Aggregator, createRandom, EspalierError, type Network } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile, type CompileOptions } from "../compile.ts";
import { AVERAGING, TINY, TINY_DECISIONS, withServices } from "../testing.ts";
import type { RankMessage, RankPool } from "./rank_pool.ts";
import { workBetweenSums } from "./work.ts";

await tf.setBackend("cpu");

/** A pool whose rank hears messages and never answers. */
function deafPool(): RankPool & { readonly heard: RankMessage[]; readonly ended: number[] } {
  const heard: RankMessage[] = [], ended: number[] = [];
  const team = {
    post: (message: RankMessage) => void heard.push(message),
    failure: () => undefined,
    end: () => void ended.push(heard.length),
  };
  return {
    size: 2,
    minimumWork: 3 * workBetweenSums(TINY, { training: true }),
    patience: 100,
    team: () => team,
    heard,
    ended,
  };
}

const images = tf.randomNormal([6, 6, 5, 3], 0, 1, "float32", 1) as tf.Tensor4D;
const mixtures = new Map(
  TINY_DECISIONS.map(({ id }) => [id, { indices: [1], weights: tf.tensor1d([1]) }]),
);

function supernet(options: Partial<CompileOptions> = {}): Network {
  const random = createRandom(1);
  return compile(TINY, { random, decisions: TINY_DECISIONS, aggregator: AVERAGING, ...options });
}

/** A pass under a tape, as training does it. */
function differentiate(run: () => tf.Tensor): void {
  tf.tidy(() => {
    const x = tf.variable(tf.scalar(1));
    tf.variableGrads(() => tf.mul(tf.sum(run()), x) as tf.Scalar, [x]);
    x.dispose();
  });
}

function withPool<P extends RankPool>(pool: P, run: () => void): P {
  withServices({ ranks: pool }, run);
  return pool;
}

Deno.test("a pass is one rank's alone where it cannot be shared", () => {
  const bent: Aggregator = { resize: AVERAGING.resize };
  const training = { training: true, mixtures };
  const alone: [string, Partial<CompileOptions>, (network: Network) => void][] = [
    ["few images", {}, (network) => {
      const few = images.slice([0, 0, 0, 0], [5, -1, -1, -1]);
      differentiate(() => network.forward(few, training).logits);
    }],
    ["taps", {}, (network) => {
      differentiate(() => network.forward(images, { ...training, taps: ["stem"] }).logits);
    }],
    ["inference on a tape", {}, (network) => {
      differentiate(() => network.forward(images, { training: false, mixtures }).logits);
    }],
    ["the generic path", { fused: false }, (network) => {
      differentiate(() => network.forward(images, training).logits);
    }],
    ["an aggregator without matrix", { aggregator: bent }, (network) => {
      differentiate(() => network.forward(images, training).logits);
    }],
  ];
  for (const [name, options, run] of alone) {
    using network = supernet(options);
    const { heard } = withPool(deafPool(), () => tf.tidy(() => run(network)));
    assertEquals(heard, [], name);
  }
});

Deno.test("a silent rank ends a pass with a named error, and its team", () => {
  using network = supernet();
  const { heard, ended } = withPool(deafPool(), () => {
    const error = assertThrows(
      () => differentiate(() => network.forward(images, { training: true, mixtures }).logits),
      EspalierError,
      "silent for 0.1 s",
    );
    assertEquals(error.code, "ERR_WORKER_LOST");
  });
  assertEquals(heard.map(({ kind }) => kind), ["open", "pass"]);
  assertEquals(ended, [2]);
});
