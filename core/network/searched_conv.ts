import * as tf from "@tensorflow/tfjs";
import type { ConvNode } from "../blueprint/blueprint.ts";
import type { Aggregator } from "../contracts/aggregator.ts";
import type { Mixture } from "../contracts/decision.ts";
import type { MatrixCache } from "./matrix_cache.ts";
import { type Candidate, inferenceMap, scalarsOf, sum, trainingMap } from "./mixture_algebra.ts";
import { mixedNorm } from "./ops/norms.ts";
import { linearMap } from "./ops/linear_map.ts";
import { activate, firstChannels } from "./ops/rows.ts";
import { searchNormOf } from "./parameters.ts";
import { applyNorm, moveStatistics, normArrays, type Pass } from "./pass.ts";

/** What turns the output of a shared convolution into the mixture of its candidates. */
export interface MixOptions {
  /** The convolution. */
  readonly node: ConvNode;
  /** Which candidates, and their weights. */
  readonly mixture: Mixture;
  /** Channels of each candidate of the mixture. */
  readonly channels: readonly number[];
  /** Aligns them. */
  readonly aggregator: Aggregator;
  /** Matrices of a linear aggregator; undefined: the generic path. */
  readonly matrices: MatrixCache | undefined;
}

/**
 * Norm, align, weigh and sum the candidates of a searched convolution, then activate.
 *
 * @param pass The forward pass.
 * @param o [batch, height, width, C], C the widest candidate of the mixture.
 * @param options The mixture.
 * @returns [batch, height, width, C].
 */
export function mixCandidates(pass: Pass, o: tf.Tensor, options: MixOptions): tf.Tensor {
  return options.matrices === undefined
    ? mixOneByOne(pass, o, options)
    : mixFused(pass, o, { ...options, matrices: options.matrices });
}

/** The reference: each candidate by itself, with any aggregator. */
function mixOneByOne(pass: Pass, o: tf.Tensor, options: MixOptions): tf.Tensor {
  const { node, mixture, channels, aggregator } = options;
  const widest = Math.max(...channels);
  const weights = scalarsOf(mixture.weights);
  const norm = searchNormOf(node);
  const parts = mixture.indices.map((index, k) => {
    const own = firstChannels(o, channels[k]!);
    const normed = norm === undefined
      ? own
      : applyNorm(pass, own, { prefix: `${node.id}/norm/${index}`, norm, activation: undefined });
    return tf.mul(aggregator.resize(normed, widest), weights[k]!);
  });
  return activate(sum(parts), node.activation);
}

/** All candidates as one matrix; see ops/norms.ts. */
function mixFused(
  pass: Pass,
  o: tf.Tensor,
  { node, mixture, channels, matrices }: MixOptions & { readonly matrices: MatrixCache },
): tf.Tensor {
  const widest = Math.max(...channels);
  const norm = searchNormOf(node);
  const weights = scalarsOf(mixture.weights);
  const prefixes = mixture.indices.map((index) => `${node.id}/norm/${index}`);
  const candidates = channels.map((width, k): Candidate => ({
    weight: weights[k]!,
    matrix: matrices.get(width, widest),
    channels: width,
    ...(norm && normArrays(pass, { prefix: prefixes[k]!, channels: width })),
  }));
  if (norm === undefined || !pass.training) {
    const map = inferenceMap(candidates, { widest, epsilon: norm?.epsilon ?? 0 });
    return linearMap(o, { ...map, activation: node.activation });
  }
  return mixedNorm(o, {
    ...trainingMap(candidates, widest),
    epsilon: norm.epsilon,
    activation: node.activation,
    onMoments: (moments, count) =>
      prefixes.forEach((prefix) => moveStatistics(pass, moments, { prefix, norm, count })),
  });
}
