import { type Aggregator, AggregatorToken } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { checkGradient, sample } from "./gradients.ts";

/** Widths to align: small, equal, coprime, and from one channel. */
const PAIRS = [[1, 5], [3, 3], [3, 7], [4, 16], [5, 6]] as const;

/** No place, a convolution, a stage, and a place of a network that the aggregator never saw. */
const PLACES = [undefined, "stem", "stage1", "somewhere/else"] as const;

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return a.sub(b).abs().max().dataSync()[0]!;
}

/**
 * The checks that every provider of `AggregatorToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* aggregatorConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withAggregator = (name: string, fn: (aggregator: Aggregator) => void) =>
    serviceCase(`aggregator: ${name}`, setup, (services) => {
      const aggregator = services.get(AggregatorToken);
      for (const place of PLACES) {
        const { matrix } = aggregator;
        fn({
          resize: (x, channels) => aggregator.resize(x, channels, place),
          ...matrix && { matrix },
        });
      }
    });

  yield withAggregator("brings the last axis to the width asked for, wherever", (aggregator) => {
    for (const [from, to] of PAIRS) {
      for (const lead of [[2], [2, 3, 2]]) {
        const resized = aggregator.resize(sample([...lead, from]), to);
        checkEqual(resized.shape, [...lead, to], `the shape from ${from} to ${to}`);
        check(resized.dataSync().every(Number.isFinite), "values are not finite");
      }
    }
  });
  yield withAggregator("leaves features of the width asked for as they are", (aggregator) => {
    const x = sample([2, 3, 2, 4]);
    check(largestDifference(aggregator.resize(x, 4), x) < 1e-6, "features were changed");
  });
  yield withAggregator("treats every position alike", (aggregator) => {
    const x = sample([2, 3, 2, 3]);
    const flat = aggregator.resize(x.reshape([12, 3]), 7).reshape([2, 3, 2, 7]);
    check(largestDifference(aggregator.resize(x, 7), flat) < 1e-6, "positions differ");
  });
  yield withAggregator("has a matrix that agrees with resize, if it has one", (aggregator) => {
    for (const [from, to] of PAIRS) {
      const matrix = aggregator.matrix?.(from, to);
      if (matrix === undefined) continue;
      checkEqual(matrix.length, from * to, `entries of the matrix from ${from} to ${to}`);
      const x = sample([4, from]) as tf.Tensor2D;
      const product = tf.matMul(x, tf.tensor2d(matrix, [from, to]));
      const difference = largestDifference(product, aggregator.resize(x, to));
      check(difference < 1e-5, `from ${from} to ${to} they differ by ${difference}`);
    }
  });
  yield withAggregator("has a gradient that agrees with differences", (aggregator) => {
    for (const [from, to] of PAIRS) {
      const factors = sample([2, to], 2);
      const loss = (x: tf.Tensor) => aggregator.resize(x, to).square().mul(factors).sum();
      checkGradient((x) => loss(x) as tf.Scalar, sample([2, from]));
    }
  });
}
