import * as tf from "@tensorflow/tfjs";
import type { ConvNode } from "../blueprint/blueprint.ts";
import type { Aggregator } from "../contracts/aggregator.ts";
import type { Mixture } from "../contracts/decision.ts";
import type { MatrixCache } from "./matrix_cache.ts";
import { type Candidate, inferenceMap, scalarsOf, sum, trainingMap } from "./mixture_algebra.ts";
import { hostMixedNorm, prefersHostAlgebra } from "./ops/host_norms.ts";
import type { Moments } from "./ops/kernels.ts";
import { mixedNorm } from "./ops/norms.ts";
import { linearMap } from "./ops/linear_map.ts";
import { activate, firstChannels } from "./ops/rows.ts";
import { searchNormOf } from "./parameters.ts";
import { applyNorm, batchSums, moveStatistics, normArrays, type Pass } from "./pass.ts";

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
  const prefixes = mixture.indices.map((index) => `${node.id}/norm/${index}`);
  const batch = batchSums(pass, `${node.id}/norm`);
  const onMoments = (moments: Moments, count: number) =>
    prefixes.forEach((prefix) => moveStatistics(pass, moments, { prefix, norm: norm!, count }));
  if (norm !== undefined && pass.training && prefersHostAlgebra()) {
    const read = (name: string) => prefixes.map((prefix) => pass.store.get(`${prefix}/${name}`));
    return hostMixedNorm(o, {
      weights: (pass.ranks?.tracked(mixture.weights) ?? mixture.weights) as tf.Tensor1D,
      gammas: read("gamma"),
      betas: read("beta"),
      matrices: channels.map((width) => matrices.onHost(width, widest)),
      epsilon: norm.epsilon,
      activation: node.activation,
      batch,
      onMoments,
    });
  }
  const weights = scalarsOf(mixture.weights);
  const candidates = channels.map((width, k): Candidate => ({
    weight: weights[k]!,
    matrix: matrices.get(width, widest),
    channels: width,
    ...(norm && normArrays(pass, { prefix: prefixes[k]!, channels: width })),
  }));
  const tracked = (bias: tf.Tensor) => (pass.ranks?.tracked(bias) ?? bias) as tf.Tensor1D;
  if (norm === undefined || !pass.training) {
    const { matrix, bias } = inferenceMap(candidates, { widest, epsilon: norm?.epsilon ?? 0 });
    return linearMap(o, { matrix, bias: tracked(bias), activation: node.activation, batch });
  }
  const { matrix, bias } = trainingMap(candidates, widest);
  return mixedNorm(o, {
    matrix,
    bias: tracked(bias),
    epsilon: norm.epsilon,
    activation: node.activation,
    batch,
    onMoments,
  });
}
